import { FINDINGS, type Finding } from "../../dev/replay/findings.ts";
import { inventGraph } from "../../dev/replay/graph.ts";
import { createRandom } from "../../dev/replay/random.ts";
import { replay } from "../../dev/replay/replay.ts";
import { examplesOf } from "../../dev/replay/report.ts";
import type { Effort } from "./path.ts";

const SEED = 13;
const CONCURRENCY = 16;
/** Time that missing tweets have to appear, as in `npm run replay`. */
const SETTLE_MS = 20_000;

/** What a replay found on a system that was just measured. */
export interface ReplayFigures {
  readonly acknowledged: number;
  /** The number of findings of each kind: zeros if all is well. */
  readonly findings: Readonly<Record<Finding, number>>;
  /** Some of the findings, as sentences. */
  readonly examples: readonly string[];
}

/** Replays a short load and compares what everybody sees with what was acknowledged. */
export async function replayAt(url: string, { isQuick }: Effort, say: (line: string) => void): Promise<ReplayFigures> {
  say("replaying a short load");
  const random = createRandom(SEED);
  const graph = inventGraph(isQuick ? 8 : 60, random);
  const size = isQuick ? { tweets: 30, sockets: 4 } : { tweets: 600, sockets: 30 };
  const run = await replay(url, graph, random, { ...size, concurrency: CONCURRENCY, settleMs: SETTLE_MS });
  const kinds = Object.keys(FINDINGS) as Finding[];
  return {
    acknowledged: run.oracle.tweets.size,
    findings: Object.fromEntries(kinds.map((kind) => [kind, run.findings.count(kind)])) as Record<Finding, number>,
    examples: examplesOf(run)
      .split("\n")
      .filter(Boolean)
      .map((line) => `The replay found: ${line}`),
  };
}
