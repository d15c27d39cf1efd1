import type { Generator } from "../load/load.ts";
import type { ClosedReport } from "../load/closed.ts";
import { withCpu } from "./cpu.ts";
import type { CurvePoint, Effort, Row, Sample } from "./path.ts";

/** The rows of a path over HTTP. */
export function httpRows(atLeast: number): Row[] {
  return [
    { name: "rate", unit: "/s", by: "ratio", goal: { atLeast } },
    { name: "CPU", unit: "µs", by: "ratio", goal: null },
  ];
}

/** What {@link httpRows} tell. @param micros of CPU time that the operations took together */
export function sampleOf(operations: number, seconds: number, micros: number): Sample {
  return { rate: operations / seconds, CPU: micros / operations };
}

/** What is asked of one side, and of how many connections. */
interface Asked {
  readonly url: string;
  readonly requests: readonly string[];
  readonly connections: number;
  readonly collectIds?: boolean;
}

/**
 * Asks a server as fast as it answers.
 *
 * @param pids all processes of that side
 * @param take called with the report, for the audit
 */
export async function rateOf(
  generator: Generator,
  { collectIds = false, ...asked }: Asked,
  seconds: number,
  pids: readonly number[],
  take: (report: ClosedReport) => void,
): Promise<Sample> {
  const { result, micros } = await withCpu(pids, () => generator.closed({ ...asked, collectIds, seconds }));
  take(result);
  return sampleOf(result.answered, result.seconds, micros);
}

const SHARES = [0.1, 0.25, 0.5, 0.75, 0.9];
const SWEEP_SECONDS = 5;

/** Measures latency at shares of the peak, in an open loop. */
export async function sweepOf(
  generator: Generator,
  { url, requests, connections }: Asked,
  peak: number,
  { isQuick, seconds }: Effort,
): Promise<CurvePoint[]> {
  const points: CurvePoint[] = [];
  for (const share of isQuick ? SHARES.slice(1, 3) : SHARES) {
    const offered = peak * share;
    const order = { url, requests, rate: offered, seconds: isQuick ? seconds : SWEEP_SECONDS, connections };
    const { whole } = await generator.open(order);
    points.push({ offered, answered: whole.goodput, p50: whole.p50, p99: whole.p99 });
  }
  return points;
}
