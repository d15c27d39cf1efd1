import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterEach, expect, it } from "@jest/globals";
import { eventually } from "../support/eventually.ts";

const GUARD = join(import.meta.dirname, "../../dev/servers/guard.ts");
/** Creates a guarded folder, starts a process there of which the guard is not told, and prints both. */
const PROGRAM = `
import { spawn } from "node:child_process";
import { temporaryFolder } from ${JSON.stringify(GUARD)};
const { path } = await temporaryFolder("starling-test-");
const options = { cwd: path, detached: true, stdio: "ignore" };
const child = spawn(process.execPath, ["-e", "setInterval(() => undefined, 1000)"], options);
console.log(JSON.stringify({ path, pid: child.pid }));
setInterval(() => undefined, 1000);
`;

let running: ChildProcess | undefined;
afterEach(() => {
  running?.kill("SIGKILL");
});

/** @returns the current folder of a process; null once it has ended, even if its parent has not asked for its exit code */
function placeOf(pid: number): string | null {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return null;
  }
}

it("ends a process that was started in a guarded folder, when its parent dies before it could report it", async () => {
  const parent = spawn(process.execPath, ["--input-type=module", "--eval", PROGRAM], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  running = parent;
  const [line] = (await once(createInterface({ input: parent.stdout }), "line")) as [string];
  const { path, pid } = JSON.parse(line) as { path: string; pid: number };
  expect(placeOf(pid)).toBe(path);
  parent.kill("SIGKILL");
  await eventually(() => {
    expect(placeOf(pid)).toBeNull();
    expect(existsSync(path)).toBe(false);
  });
});
