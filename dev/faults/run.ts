import { setTimeout as pause } from "node:timers/promises";
import type { Cluster } from "../cluster/cluster.ts";
import { audit, auditLive } from "../replay/audit.ts";
import { inventGraph } from "../replay/graph.ts";
import { type LiveClient, openLiveClients } from "../replay/live.ts";
import { runLoad } from "../replay/load.ts";
import { planSteps, type Step } from "../replay/plan.ts";
import { createRandom } from "../replay/random.ts";
import { pickViewers } from "../replay/replay.ts";
import { type Run, startRun } from "../replay/run.ts";
import { type Injected, runNemesis } from "./nemesis.ts";
import { createWaits, type Waits } from "./waits.ts";

/** Enough people and sockets that every gateway has some, few enough that the cluster fits on a laptop beside them. */
const PEOPLE = 60;
const SOCKETS = 24;
/** Steps a second: what a laptop carries while it runs twenty processes, with room to catch up. */
const STEPS_PER_SECOND = 15;
/** Requests at once: so many may hang in an outage before the load stands still. */
const CONCURRENCY = 32;
/** After the last fault, how long what is missing may take to appear: the sweeper comes at least once a minute. */
export const SETTLE_MS = 90_000;
/** For how long an unfollow may or may not be seen on a socket: gateways look once a minute after all they may have missed. */
const MARGIN_MS = 90_000;

export interface FaultsOptions {
  /** Decides who does what, and what is hurt. */
  readonly seed: number;
  /** How many there are to be. */
  readonly faults: number;
  /** Names of faults. */
  readonly kinds: readonly string[];
  /** How long what is missing may take to appear after the last fault, in milliseconds. */
  readonly settleMs: number;
}

export interface FaultsRun {
  readonly run: Run;
  readonly injected: readonly Injected[];
  readonly waits: Waits;
  /** Why the cluster did not recover, null when it did. */
  readonly stuck: Error | null;
}

/**
 * Lets people use a cluster while a nemesis hurts it, and audits what came of it.
 *
 * @param say is told of each fault
 * @throws NoAnswerError
 */
export async function runFaults(
  cluster: Cluster,
  { seed, faults, kinds, settleMs }: FaultsOptions,
  say: (injected: Injected) => void,
): Promise<FaultsRun> {
  const random = createRandom(seed);
  const graph = inventGraph(PEOPLE, random);
  const waits = createWaits();
  const run = await startRun(cluster.url, graph, CONCURRENCY, (tried) => waits.observe(tried));
  let live: LiveClient[] = [];
  try {
    live = await openLiveClients(run, pickViewers(graph, random, SOCKETS));
    let isOver = false;
    // A generator of its own for the nemesis: how far people get is a matter of time.
    const nemesis = runNemesis(cluster, createRandom(random.below(2 ** 32)), { faults, kinds }, say).finally(() => {
      isOver = true;
    });
    const steps = paced(planSteps(graph, random), () => isOver);
    const [attacked, loaded] = await Promise.allSettled([nemesis, runLoad(run, steps, CONCURRENCY)]);
    if (loaded.status === "rejected") throw loaded.reason;
    const injected = attacked.status === "fulfilled" ? attacked.value : [];
    await auditLive(run, live, { settleMs, marginMs: MARGIN_MS });
    await audit(run, { random, concurrency: CONCURRENCY, settleMs });
    waits.addLive(live, run.oracle);
    return { run, injected, waits, stuck: attacked.status === "rejected" ? (attacked.reason as Error) : null };
  } finally {
    for (const screen of live) screen.close();
    run.client.close();
  }
}

/** Gives out steps at a steady pace, until it is over. */
async function* paced(steps: Iterable<Step>, isOver: () => boolean): AsyncGenerator<Step> {
  for (const step of steps) {
    if (isOver()) return;
    yield step;
    await pause(1000 / STEPS_PER_SECOND);
  }
}
