import { audit, auditLive } from "./audit.ts";
import type { Graph } from "./graph.ts";
import { type LiveClient, openLiveClients } from "./live.ts";
import { runLoad } from "./load.ts";
import { planSteps, type Step } from "./plan.ts";
import { showProgress } from "./progress.ts";
import type { Random } from "./random.ts";
import type { Run } from "./run.ts";
import { startRun } from "./start-run.ts";

/** Time around an unfollow in which a socket may or may not receive the author's tweets. */
const MARGIN_MS = 2000;

/**
 * Makes the people of a graph sign up, follow, connect, tweet and so on, then audits the result.
 *
 * @param options.settleMs time that missing tweets have to appear
 * @returns the run with its findings and measures
 * @throws NoAnswerError
 */
export async function replay(
  url: string,
  graph: Graph,
  random: Random,
  options: { tweets: number; sockets: number; concurrency: number; settleMs: number },
): Promise<Run> {
  const { tweets, sockets, concurrency, settleMs } = options;
  const run = await startRun(url, graph, concurrency);
  let live: LiveClient[] = [];
  try {
    live = await openLiveClients(run, pickViewers(graph, random, sockets));
    await runLoad(run, firstTweets(planSteps(graph, random), tweets), concurrency);
    await auditLive(run, live, { settleMs, marginMs: MARGIN_MS });
    await audit(run, { random, concurrency, settleMs });
    return run;
  } finally {
    for (const connection of live) connection.close();
    run.client.close();
  }
}

/** @returns the people who get a live connection: each once, and again only when there are fewer people than `count` */
export function pickViewers({ people }: Graph, random: Random, count: number): number[] {
  const mixed = random.shuffled([...Array(people).keys()]);
  return Array.from({ length: count }, (_, at) => mixed[at % people]!);
}

/** Yields steps until `tweets` tweets were posted, and shows the progress. */
function* firstTweets(steps: Iterable<Step>, tweets: number): Generator<Step> {
  const progress = showProgress("Tweeting", tweets);
  let left = tweets;
  for (const step of steps) {
    yield step;
    if (step.does !== "tweet") continue;
    progress.done();
    left -= 1;
    if (left === 0) break;
  }
  progress.end();
}
