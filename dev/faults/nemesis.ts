import { setTimeout as pause } from "node:timers/promises";
import type { Cluster } from "../cluster/cluster.ts";
import type { Random } from "../replay/random.ts";
import { FAULTS } from "./faults.ts";
import { untilHealthy } from "./health.ts";

/** A fault as it happened. Times are of `performance.now()`. */
export interface Injected {
  readonly kind: string;
  readonly target: string;
  readonly from: number;
  /** When all was well again. */
  readonly until: number;
}

/** For what was hit to run again, and for the cluster to be well then: on a busy machine a node takes seconds to start. */
const RECOVERY_MS = 120_000;
/** Between faults: time for what was late to arrive while nothing is broken. */
const calm = (random: Random) => 500 + random.below(2000);

/** Which faults come, without an end: each kind once, in any order, and then again in another. */
export function* scheduleFaults(kinds: readonly string[], random: Random): Generator<string, never> {
  for (;;) yield* random.shuffled(kinds);
}

/**
 * Hurts the cluster so many times, one fault at a time, and lets it recover from each.
 *
 * @param kinds names of {@link FAULTS}
 * @param say is told of each fault
 * @throws NotHealedError when the cluster does not recover
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
    await pause(calm(random));
    const fault = FAULTS[kind]!;
    const from = performance.now();
    const injury = await fault.inject(cluster, random);
    await pause(fault.lasts(random));
    await injury.heal();
    await untilHealthy(cluster, RECOVERY_MS);
    const injected = { kind, target: injury.target, from, until: performance.now() };
    done.push(injected);
    say(injected);
  }
  return done;
}
