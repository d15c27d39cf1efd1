import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import type { Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

// What this process started must not outlive it, however it ends: Ctrl-C, an exception, jest's forced exit, kill -9.
// Exit handlers see only some of these (and none inside of jest), so a small process of its own, the reaper, learns of
// each process and folder, and clears up when the pipe between it and this process breaks.

let reaper: ChildProcess | undefined;
const guarded = new Set<string>();

function tell(line: string): void {
  if (!reaper) {
    // Detached, so that a Ctrl-C at the terminal does not reach it.
    reaper = spawn(process.execPath, [join(import.meta.dirname, "reaper.ts")], {
      detached: true,
      stdio: ["pipe", "ignore", "inherit"],
    });
    reaper.stdin?.on("error", (error) => process.emitWarning(`The reaper of test servers is gone: ${error.message}`));
    // It is there because of this process, not the other way round.
    reaper.unref();
    (reaper.stdin as Socket).unref();
  }
  reaper.stdin?.write(`${line}\n`);
}

function guard(what: string): () => void {
  guarded.add(what);
  tell(`guard ${what}`);
  return () => {
    if (!guarded.delete(what)) return;
    tell(`forget ${what}`);
    if (guarded.size > 0) return;
    reaper?.stdin?.end();
    reaper = undefined;
  };
}

/** Has a process killed when this one ends. @returns what to call once it has ended by itself */
export function guardProcess(pid: number): () => void {
  return guard(`process ${pid}`);
}

/** A folder that is removed by `remove`, or when this process ends. */
export interface TemporaryFolder {
  readonly path: string;
  remove(): Promise<void>;
}

/** Makes a new folder whose name begins with the prefix, in the system's folder for temporary files or in `parent`. */
export async function temporaryFolder(prefix: string, parent = tmpdir()): Promise<TemporaryFolder> {
  const path = await mkdtemp(join(parent, prefix));
  const forget = guard(`folder ${path}`);
  return {
    path,
    async remove() {
      await rm(path, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
      forget();
    },
  };
}
