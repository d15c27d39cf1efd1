import { setTimeout as pause } from "node:timers/promises";
import type { Cluster } from "../cluster/cluster.ts";
import type { Random } from "../replay/random.ts";
import { FAULTS } from "./faults.ts";
import { untilHealthy } from "./health.ts";

/** A fault that was injected. Times are by `performance.now()`. */
export interface Injected {
  readonly kind: string;
  readonly target: string;
  readonly from: number;
  /** The time at which the whole cluster was healthy again. */
  readonly until: number;
}

/** Time for the cluster to be healthy after a repair: on a busy machine, a node takes seconds to start. */
const RECOVERY_LIMIT_MS = 120_000;
/** Time between faults, for late tweets to arrive while nothing is broken. */
const pauseMs = (random: Random) => 500 + random.below(2000);

/** Yields kinds of faults without end: each kind once in random order, then all again in another. */
export function* scheduleFaults(kinds: readonly string[], random: Random): Generator<string, never> {
  for (;;) yield* random.shuffled(kinds);
}

/**
 * Injects faults one at a time, and lets the cluster recover from each.
 *
 * @param options.faults the number of faults
 * @param options.kinds names of {@link FAULTS}
 * @param say called after each fault
 * @throws Error when the cluster does not recover; the message names the part that is down
 */
export async function runNemesis(
  cluster: Cluster,
  random: Random,
  { faults, kinds }: { faults: number; kinds: readonly string[] },
  say: (injected: Injected) => void,
): Promise<Injected[]> {
  const done: Injected[] = [];
  for (const kind of scheduleFaults(kinds, random)) {
    if (done.length === faults) break;
    await pause(pauseMs(random));
    const fault = FAULTS[kind]!;
    const from = performance.now();
    const injury = await fault.inject(cluster, random);
    await pause(fault.durationMs(random));
    await injury.heal();
    await untilHealthy(cluster, RECOVERY_LIMIT_MS);
    const injected = { kind, target: injury.target, from, until: performance.now() };
    done.push(injected);
    say(injected);
  }
  return done;
}
