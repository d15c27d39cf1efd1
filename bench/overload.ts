import { temporaryFolder } from "../dev/servers/guard.ts";
import { startGuarded } from "../dev/start.ts";
import { type Load, startLoad } from "./load/load.ts";
import { type Measures, quantile } from "./load/measures.ts";
import { foundTown, mixOf } from "./town.ts";
import { residentMb } from "./watched-server.ts";

const CONNECTIONS = 512;
const WARM_UP = { rate: 200, seconds: 10 };
/** The search for the peak: the rate rises by this factor until less than this share of it gets an answer. */
const FIRST_RATE = 200;
const RATE_FACTOR = 1.3;
const SATURATED_SHARE = 0.9;
const STEP_SECONDS = 6;
const HALF_SECONDS = 20;
const OVERLOAD_FACTOR = 3;
const OVERLOAD_SECONDS = 60;
const RECOVERY_SECONDS = 10;
const WATCH_EVERY_MS = 100;

/** The figures of a run. Rates are requests a second, times milliseconds, memory MiB. */
export interface OverloadFigures {
  readonly peakGoodput: number;
  readonly half: Measures;
  readonly overload: Measures;
  readonly goodputShare: number;
  /** The latency of accepted requests in the overload, over that at half load. */
  readonly p50Ratio: number;
  readonly p95Ratio: number;
  readonly p99Ratio: number;
  readonly healthP99: number;
  readonly healthMax: number;
  readonly residentBefore: number | null;
  readonly residentMost: number | null;
  /** Seconds after the overload until all requests at half load were answered in the usual time; null: not in 10 s. */
  readonly normalAfterSeconds: number | null;
}

/**
 * Measures an embedded server under three times the load that it can bear: finds its peak, measures latency at half of
 * it, then goodput and latency in the overload, and the recovery.
 *
 * @param say prints progress
 */
export async function benchOverload(say: (line: string) => void): Promise<OverloadFigures> {
  const folder = await temporaryFolder("starling-bench-");
  const server = await startGuarded({ DATA_DIR: folder.path, RATE_LIMIT_SCALE: "1000000" });
  const resident = () => residentMb(server.pid);
  let load: Load | undefined;
  try {
    say("filling the server");
    const requests = mixOf(await foundTown(server.url));
    load = startLoad({ url: server.url, requests, connections: CONNECTIONS, mayHold: true });
    await load.run(WARM_UP.rate, WARM_UP.seconds);
    const peakGoodput = await findPeak(load, say);
    const { whole: half } = await load.run(peakGoodput / 2, HALF_SECONDS);
    say(`half load: ${describe(half)}`);
    const residentBefore = await resident();
    const watch = watchServer(server.url, resident);
    const { whole: overload } = await load.run(peakGoodput * OVERLOAD_FACTOR, OVERLOAD_SECONDS);
    const { health, residentMost } = await watch.stop();
    say(`overload: ${describe(overload)}`);
    const { perSecond } = await load.run(peakGoodput / 2, RECOVERY_SECONDS);
    return {
      peakGoodput,
      half,
      overload,
      goodputShare: overload.goodput / peakGoodput,
      p50Ratio: overload.p50 / half.p50,
      p95Ratio: overload.p95 / half.p95,
      p99Ratio: overload.p99 / half.p99,
      healthP99: quantile(health, 0.99),
      healthMax: health.at(-1) ?? 0,
      residentBefore,
      residentMost,
      normalAfterSeconds: recovery(perSecond, half),
    };
  } finally {
    load?.stop();
    await server.stop();
    await folder.remove();
  }
}

async function findPeak(load: Load, say: (line: string) => void): Promise<number> {
  let peak = 0;
  for (let rate = FIRST_RATE; ; rate *= RATE_FACTOR) {
    const { whole } = await load.run(rate, STEP_SECONDS);
    peak = Math.max(peak, whole.goodput);
    say(`${Math.round(rate)} a second: ${describe(whole)}`);
    if (whole.goodput < rate * SATURATED_SHARE) return peak;
  }
}

/** The first second from which on nothing is refused and latency is at most three times that of half load. */
function recovery(perSecond: readonly Measures[], half: Measures): number | null {
  const isNormal = ({ refused, failed, p95 }: Measures) => refused === 0 && failed === 0 && p95 <= half.p95 * 3;
  const lastBad = perSecond.findLastIndex((second) => !isNormal(second));
  return lastBad === perSecond.length - 1 ? null : lastBad + 1;
}

function watchServer(url: string, resident: () => Promise<number | null>) {
  const health: number[] = [];
  let residentMost: number | null = null;
  let isOver = false;
  const watching = (async () => {
    while (!isOver) {
      const began = performance.now();
      const reply = await fetch(`${url}/health/live`);
      await reply.text();
      health.push(performance.now() - began);
      residentMost = Math.max(residentMost ?? 0, (await resident()) ?? 0) || null;
      await new Promise((resolve) => setTimeout(resolve, WATCH_EVERY_MS));
    }
  })();
  return {
    async stop() {
      isOver = true;
      await watching;
      return { health: health.sort((a, b) => a - b), residentMost };
    },
  };
}

function describe({ goodput, refused, held, failed, p50, p95, p99 }: Measures): string {
  const times = [p50, p95, p99].map((ms) => ms.toFixed(1)).join(" / ");
  return `${Math.round(goodput)} answers a second, p50 / p95 / p99 ${times} ms, ${refused} refused, ${held} held, ${failed} failed`;
}

export function printOverload(figures: OverloadFigures): string {
  const { half, overload } = figures;
  const ms = (value: number) => `${value.toFixed(1)} ms`;
  const rows: [string, string][] = [
    ["peak goodput", `${Math.round(figures.peakGoodput)} requests/s`],
    ["half load: p50 / p95 / p99", [half.p50, half.p95, half.p99].map(ms).join(" / ")],
    ["overload (3 × peak for 60 s): goodput", `${Math.round(overload.goodput)} requests/s`],
    ["  share of the peak", `${Math.round(figures.goodputShare * 100)} %`],
    ["  accepted: p50 / p95 / p99", [overload.p50, overload.p95, overload.p99].map(ms).join(" / ")],
    [
      "  over those at half load",
      [figures.p50Ratio, figures.p95Ratio, figures.p99Ratio].map((ratio) => `${ratio.toFixed(1)} ×`).join(" / "),
    ],
    ["  refused: p50 / p99", [overload.refusedP50, overload.refusedP99].map(ms).join(" / ")],
    ["  refused / held back by the wait for it", `${overload.refused} / ${overload.held}`],
    ["  failed otherwise", `${overload.failed}`],
    ["  health checks: p99 / most", [figures.healthP99, figures.healthMax].map(ms).join(" / ")],
    ["  resident memory before / most", `${figures.residentBefore ?? "?"} / ${figures.residentMost ?? "?"} MiB`],
    ["normal again after", figures.normalAfterSeconds === null ? "more than 10 s" : `${figures.normalAfterSeconds} s`],
  ];
  return rows.map(([name, value]) => `${name.padEnd(40)} ${value}`).join("\n");
}
