/** The longest wait before something is published again, in milliseconds. */
const LONGEST_WAIT = 60_000;

/**
 * Which of the to-dos that a sweep finds it publishes again: each at once, and then after waits that double.
 *
 * @param firstWait in milliseconds
 */
export function createBackoff(firstWait: number) {
  /** When each may be published again, and how long the wait was. */
  const swept = new Map<string, { at: number; wait: number }>();

  return {
    /** @param waiting all that wait; the others are forgotten */
    due(waiting: readonly string[]): string[] {
      const now = performance.now();
      const still = new Set(waiting);
      for (const id of swept.keys()) if (!still.has(id)) swept.delete(id);
      return waiting.filter((id) => {
        const last = swept.get(id);
        if (last && last.at > now) return false;
        const wait = last ? Math.min(last.wait * 2, LONGEST_WAIT) : firstWait;
        swept.set(id, { at: now + wait, wait });
        return true;
      });
    },
  };
}
