import { audit, auditLive } from "./audit.ts";
import type { Graph } from "./graph.ts";
import { type LiveClient, openLiveClients } from "./live.ts";
import { runLoad } from "./load.ts";
import { planSteps, type Step } from "./plan.ts";
import { showProgress } from "./progress.ts";
import type { Random } from "./random.ts";
import { type Run, startRun } from "./run.ts";

/** For how long an unfollow, and what came just before it, may or may not be seen on a socket, in milliseconds. */
const MARGIN_MS = 2000;

/**
 * Lets the people of a graph sign up, follow, look at their screens, tweet and so on, and audits what came of it.
 *
 * @param settleMs how long what is missing may take to appear, in milliseconds
 * @returns the run, with what was found and measured
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
    for (const screen of live) screen.close();
    run.client.close();
  }
}

/** @returns whose screens are watched: different people, as far as there are so many */
export function pickViewers({ people }: Graph, random: Random, count: number): number[] {
  const mixed = random.shuffled([...Array(people).keys()]);
  return Array.from({ length: count }, (_, at) => mixed[at % people]!);
}

/** Steps until so many tweets are posted, with a bar. */
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
