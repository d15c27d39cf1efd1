import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdir, rm } from "node:fs/promises";
import type { Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

// Child processes and temporary folders must not outlive this process, however it ends: Ctrl-C, an exception, jest's
// forced exit, kill -9. Exit handlers run for only some of these, and never inside of jest. So a separate small process,
// the reaper, is told of each process and folder, and cleans up when its pipe to this process breaks.

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
    // The reaper must not keep this process alive.
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

/**
 * Makes sure that a process is killed when this one ends.
 *
 * @param pid its id; a negative one stands for all processes of that group, as in `kill(2)`
 * @returns a function to call once it has ended by itself
 */
export function guardProcess(pid: number): () => void {
  return guard(`process ${pid}`);
}

/** A folder that is deleted by `remove`, or at the latest when this process ends. */
export interface TemporaryFolder {
  readonly path: string;
  remove(): Promise<void>;
}

/** Creates a folder with the given prefix in `parent`, by default the system's folder for temporary files. */
export async function temporaryFolder(prefix: string, parent = tmpdir()): Promise<TemporaryFolder> {
  const path = join(parent, prefix + randomBytes(6).toString("base64url"));
  // Guarded before it exists, because this process may be killed at any moment.
  const forget = guard(`folder ${path}`);
  await mkdir(path, { mode: 0o700 });
  return {
    path,
    async remove() {
      await rm(path, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
      forget();
    },
  };
}
