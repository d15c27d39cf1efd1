/** The longest wait before a to-do is published again. */
const LONGEST_WAIT_MS = 60_000;

/**
 * Chooses the to-dos that a sweep publishes: each the first time that a sweep finds it, then after waits that double.
 */
export function createBackoff(firstWaitMs: number) {
  /** The time from which each to-do may be published again, and the wait before it, in milliseconds. */
  const swept = new Map<string, { at: number; wait: number }>();

  return {
    /** @param waiting the ids of all waiting to-dos; the others are forgotten */
    due(waiting: readonly string[]): string[] {
      const now = performance.now();
      const still = new Set(waiting);
      for (const id of swept.keys()) if (!still.has(id)) swept.delete(id);
      return waiting.filter((id) => {
        const last = swept.get(id);
        if (last && last.at > now) return false;
        const wait = last ? Math.min(last.wait * 2, LONGEST_WAIT_MS) : firstWaitMs;
        swept.set(id, { at: now + wait, wait });
        return true;
      });
    },
  };
}
