// Run by guard.ts. Reads the names of processes and folders to guard, one per line. Its input ends with the process that
// started it; then it kills the processes and removes the folders that are still guarded.
import { rmSync } from "node:fs";
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

for (const pid of named("process")) {
  try {
    process.kill(Number(pid), "SIGKILL");
  } catch (error) {
    // The process has just ended by itself.
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
// A killed process may still write while its folder is removed, so retry for some seconds.
for (const folder of named("folder")) rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 25 });
