import { setTimeout as pause } from "node:timers/promises";

/** How work for many is spread over time. */
export interface Pace {
  /** How many are served at once. */
  readonly atOnce: number;
  /** Milliseconds from one slice to the next. */
  readonly everyMs: number;
}

/**
 * Does something for each of many, a slice at a time, so that the event loop can serve others in between. Without a wait
 * before the first slice.
 *
 * @param items what is added meanwhile gets its turn as well
 * @param work is done one after the other in a slice; must not fail
 */
export async function inSlices<T>(
  items: Iterable<T>,
  { atOnce, everyMs }: Pace,
  work: (item: T) => void | Promise<void>,
): Promise<void> {
  let done = 0;
  for (const item of items) {
    if (done > 0 && done % atOnce === 0) await pause(everyMs, undefined, { ref: false });
    await work(item);
    done++;
  }
}
