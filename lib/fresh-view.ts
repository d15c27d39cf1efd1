import { every, type Repetition } from "./every.ts";

export interface FreshView<T> extends Repetition {
  /** The last answer; null when there is none, when it was null, or when its question is too long ago. */
  readonly snapshot: () => T | null;
}

export interface FreshViewOptions {
  /** Milliseconds between the end of one question and the start of the next. */
  everyMs: number;
  /** An answer is trusted for this many milliseconds after its question. */
  trustedForMs: number;
  /** Called with the error of each failed question. */
  onError: (error: unknown) => void;
}

/**
 * A local view of another service's data, refreshed by asking again and again. The age of an answer counts from its
 * question, because an answer says nothing about later changes. After a failed question, the last answer stays trusted
 * for the rest of its time.
 *
 * @param ask returns the answer, or null when the source has no complete one; the view is then untrusted until the next
 *   answer
 */
export function createFreshView<T>(
  ask: () => Promise<T | null>,
  { everyMs, trustedForMs, onError }: FreshViewOptions,
): FreshView<T> {
  let answer: T | null = null;
  let trustedUntil = 0;

  async function refresh(): Promise<void> {
    const askedAt = performance.now();
    answer = await ask();
    trustedUntil = askedAt + trustedForMs;
  }

  return {
    ...every(everyMs, refresh, { firstMs: 0, onError }),
    snapshot: () => (performance.now() < trustedUntil ? answer : null),
  };
}
