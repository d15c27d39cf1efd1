import { setTimeout as pause } from "node:timers/promises";
import type { Random } from "../replay/random.ts";
import type { Fault } from "./faults.ts";

/** A fault that was injected. Times are by `performance.now()`. */
export interface Injected {
  readonly kind: string;
  readonly target: string;
  readonly from: number;
  /** The time at which the whole system was healthy again. */
  readonly until: number;
}

/** A system that faults are injected into. */
export interface Subject<S> {
  readonly system: S;
  /** The address of its API. */
  readonly url: string;
  /** The faults that it may suffer, by name. */
  readonly faults: Readonly<Record<string, Fault<S>>>;
  /** Draws the time between two faults, in which the load goes on and late tweets arrive. */
  readonly pauseMs: (random: Random) => number;
  /** A rate of actions that it sustains between the faults. */
  readonly stepsPerSecond: number;
  /** Time (ms) around an unfollow in which a socket may or may not receive the author's tweets. */
  readonly marginMs: number;
  /** Waits until all of it is healthy. @throws Error after `limitMs`; the message names the part that is down */
  untilHealthy(limitMs: number): Promise<void>;
}

/** Time for a system to be healthy after a repair: on a busy machine, a node takes seconds to start. */
const RECOVERY_LIMIT_MS = 120_000;

/** Yields kinds of faults without end: each kind once in random order, then all again in another. */
export function* scheduleFaults(kinds: readonly string[], random: Random): Generator<string, never> {
  for (;;) yield* random.shuffled(kinds);
}

/**
 * Injects faults one at a time, and lets the system recover from each.
 *
 * @param options.faults the number of faults
 * @param options.kinds names of the subject's faults; a name that is there twice is as frequent
 * @param say called after each fault
 * @throws Error when the system does not recover; the message names the part that is down
 */
export async function runNemesis<S>(
  subject: Subject<S>,
  random: Random,
  { faults, kinds }: { faults: number; kinds: readonly string[] },
  say: (injected: Injected) => void,
): Promise<Injected[]> {
  const done: Injected[] = [];
  for (const kind of scheduleFaults(kinds, random)) {
    if (done.length === faults) break;
    await pause(subject.pauseMs(random));
    const fault = subject.faults[kind]!;
    const from = performance.now();
    const injury = await fault.inject(subject.system, random);
    await pause(fault.durationMs(random));
    await injury.heal();
    await subject.untilHealthy(RECOVERY_LIMIT_MS);
    const injected = { kind, target: injury.target, from, until: performance.now() };
    done.push(injected);
    say(injected);
  }
  return done;
}
