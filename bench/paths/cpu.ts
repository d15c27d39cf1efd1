import { readFile } from "node:fs/promises";

/** Linux counts CPU time in hundredths of a second, whatever its kernel's own clock. */
const TICK_MICROS = 10_000;

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

/** Does work, and tells how much CPU time the processes took meanwhile. */
export async function withCpu<T>(
  pids: readonly number[],
  work: () => Promise<T>,
): Promise<{ result: T; micros: number }> {
  const before = await cpuMicros(pids);
  const result = await work();
  return { result, micros: (await cpuMicros(pids)) - before };
}
