import { readFile } from "node:fs/promises";
import { setTimeout as pause } from "node:timers/promises";
import type { Processes } from "./system.ts";

/** Linux counts CPU time in hundredths of a second, whatever its kernel's own clock. */
const TICK_MICROS = 10_000;
/** Work that follows an answer, such as a fan-out, is over when the processes take so little more than at rest. */
const AT_REST_SHARE = 0.05;
const LOOK_EVERY_MS = 250;
const REST_LIMIT_MS = 30_000;

/** The CPU time that processes have used so far, in microseconds; NaN where the system does not tell. */
async function cpuMicros(pids: readonly number[]): Promise<number> {
  const times = await Promise.all(pids.map(cpuMicrosOf));
  return times.reduce((sum, time) => sum + time, 0);
}

async function cpuMicrosOf(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => null);
  if (stat === null) return NaN;
  // The name of the program, in parentheses, may have spaces. User time and system time are the 14th and 15th fields.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) * TICK_MICROS;
}

/** Tells how much CPU time work takes, beyond what the processes take at rest. */
export interface Meter {
  /** The CPU time that all processes take at rest, as a share of one core. */
  readonly restShare: number;
  /** Does work, waits until what follows from it is done too, and tells the CPU time by kind of process. */
  measure<T>(work: () => Promise<T>): Promise<{ result: T; micros: number; byKind: Record<string, number> }>;
}

/** @param restSeconds how long to look at the processes at rest */
export async function createMeter(processes: Processes, restSeconds: number): Promise<Meter> {
  const kinds = Object.keys(processes);
  const read = () => Promise.all(kinds.map((kind) => cpuMicros(processes[kind]!)));
  const sharesOver = async (milliseconds: number) => {
    const [before, began] = [await read(), performance.now()];
    await pause(milliseconds);
    const [after, took] = [await read(), (performance.now() - began) * 1000];
    return after.map((micros, at) => (micros - before[at]!) / took);
  };
  const atRest = await sharesOver(restSeconds * 1000);
  const sum = (values: readonly number[]) => values.reduce((all, value) => all + value, 0);

  async function untilAtRest(): Promise<void> {
    const end = performance.now() + REST_LIMIT_MS;
    for (;;) {
      const share = sum(await sharesOver(LOOK_EVERY_MS));
      // Where the system does not tell, there is nothing to wait for.
      if (!(share > sum(atRest) + AT_REST_SHARE) || performance.now() > end) return;
    }
  }

  return {
    restShare: sum(atRest),
    async measure(work) {
      const [before, began] = [await read(), performance.now()];
      const result = await work();
      await untilAtRest();
      const [after, took] = [await read(), (performance.now() - began) * 1000];
      const used = after.map((micros, at) => Math.max(0, micros - before[at]! - atRest[at]! * took));
      const byKind = Object.fromEntries(kinds.map((kind, at) => [kind, used[at]!]));
      return { result, micros: sum(used), byKind };
    },
  };
}

/** Does work that has no consequences, and tells how much CPU time these processes took meanwhile. */
export async function withCpu<T>(
  pids: readonly number[],
  work: () => Promise<T>,
): Promise<{ result: T; micros: number }> {
  const before = await cpuMicros(pids);
  const result = await work();
  return { result, micros: (await cpuMicros(pids)) - before };
}
