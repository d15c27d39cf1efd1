// Run by guard.ts: reads what to guard, one a line, and when its input ends, because the process that started it has
// ended, kills the processes and removes the folders that are still guarded.
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
    // It had just ended by itself.
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
// A killed process may still write while its folder goes: try for some seconds.
for (const folder of named("folder")) rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 25 });
