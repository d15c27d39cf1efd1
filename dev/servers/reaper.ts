// Run by guard.ts. Reads the names of processes and folders to guard, one per line. Its input ends with the process that
// started it; then it kills the processes and removes the folders that are still guarded. On Linux it also kills what works
// in such a folder: a process that was started in the moment before the end, whose id nobody could report.
import { readdirSync, readlinkSync, rmSync } from "node:fs";
import { createInterface } from "node:readline";

const guarded = new Set<string>();
for await (const line of createInterface({ input: process.stdin })) {
  const [verb, kind, ...rest] = line.split(" ");
  const what = `${kind} ${rest.join(" ")}`;
  if (verb === "guard") guarded.add(what);
  else guarded.delete(what);
}

const named = (kind: string) =>
  [...guarded].filter((what) => what.startsWith(`${kind} `)).map((what) => what.slice(kind.length + 1));

/** @returns the ids of the processes whose current folder is one of these or lies in one; none where there is no `/proc` */
function workingIn(folders: readonly string[]): string[] {
  if (process.platform !== "linux") return [];
  return readdirSync("/proc").filter((pid) => {
    if (!/^\d+$/.test(pid) || Number(pid) === process.pid) return false;
    try {
      const place = readlinkSync(`/proc/${pid}/cwd`);
      return folders.some((folder) => place === folder || place.startsWith(`${folder}/`));
    } catch {
      // It has just ended, or belongs to another user.
      return false;
    }
  });
}

const folders = named("folder");
for (const pid of [...named("process"), ...workingIn(folders)]) {
  try {
    process.kill(Number(pid), "SIGKILL");
  } catch (error) {
    // The process has just ended by itself.
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
// A killed process may still write while its folder is removed, so retry for some seconds.
for (const folder of folders) rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 25 });
