import { setTimeout as pause } from "node:timers/promises";
import { audit, auditLive } from "../replay/audit.ts";
import { inventGraph } from "../replay/graph.ts";
import { type LiveClient, openLiveClients } from "../replay/live.ts";
import { runLoad } from "../replay/load.ts";
import { planSteps, type Step } from "../replay/plan.ts";
import { createRandom } from "../replay/random.ts";
import { pickViewers } from "../replay/replay.ts";
import type { Run } from "../replay/run.ts";
import { startRun } from "../replay/start-run.ts";
import { type Injected, runNemesis, type Subject } from "./nemesis.ts";
import { createWaits, type Waits } from "./waits.ts";

/** Enough people and sockets for every gateway, yet few enough to run on a laptop beside a cluster. */
const PEOPLE = 60;
const SOCKETS = 24;
/** Requests at once: when an outage holds up this many, the load pauses. */
const CONCURRENCY = 32;
/** Time that missing tweets have to appear after the last fault: the outbox retries each at least once a minute. */
export const SETTLE_MS = 90_000;

export interface FaultsOptions {
  /** Decides the people's actions and the faults. */
  readonly seed: number;
  /** The number of faults to inject. */
  readonly faults: number;
  /** The names of the faults to choose from. */
  readonly kinds: readonly string[];
  /** Time that missing tweets have to appear after the last fault. */
  readonly settleMs: number;
}

export interface FaultsRun {
  readonly run: Run;
  readonly injected: readonly Injected[];
  readonly waits: Waits;
  /** The reason why the system did not recover; null when it did. */
  readonly stuck: Error | null;
}

/**
 * Runs a load against a system while a nemesis injects faults, then audits the result.
 *
 * @param say called after each fault
 * @throws NoAnswerError
 */
export async function runFaults<S>(
  subject: Subject<S>,
  { seed, faults, kinds, settleMs }: FaultsOptions,
  say: (injected: Injected) => void,
): Promise<FaultsRun> {
  const random = createRandom(seed);
  const graph = inventGraph(PEOPLE, random);
  const waits = createWaits();
  const run = await startRun(subject.url, graph, CONCURRENCY, (tried) => waits.observe(tried));
  let live: LiveClient[] = [];
  try {
    live = await openLiveClients(run, pickViewers(graph, random, SOCKETS));
    let isOver = false;
    // The nemesis has its own generator. The load draws as many numbers as time permits, so with a shared generator the
    // same seed would not give the same faults.
    const nemesis = runNemesis(subject, createRandom(random.below(2 ** 32)), { faults, kinds }, say).finally(() => {
      isOver = true;
    });
    const steps = paced(planSteps(graph, random), subject.stepsPerSecond, () => isOver);
    const [attacked, loaded] = await Promise.allSettled([nemesis, runLoad(run, steps, CONCURRENCY)]);
    if (loaded.status === "rejected") throw loaded.reason;
    const injected = attacked.status === "fulfilled" ? attacked.value : [];
    await auditLive(run, live, { settleMs, marginMs: subject.marginMs });
    await audit(run, { random, concurrency: CONCURRENCY, settleMs });
    waits.addLive(live, run.oracle);
    return { run, injected, waits, stuck: attacked.status === "rejected" ? (attacked.reason as Error) : null };
  } finally {
    for (const connection of live) connection.close();
    run.client.close();
  }
}

/** Yields steps at a steady rate until the faults are over. */
async function* paced(steps: Iterable<Step>, stepsPerSecond: number, isOver: () => boolean): AsyncGenerator<Step> {
  for (const step of steps) {
    if (isOver()) return;
    yield step;
    await pause(1000 / stepsPerSecond);
  }
}
