/** Tells when to log a condition that lasts: at once, and then once per interval. */
export interface Reminder {
  /** Whether to log it now. If so, the next interval begins. */
  isDue(): boolean;
  /** The condition is over: log its next occurrence at once. */
  reset(): void;
}

export function createReminder(intervalMs: number): Reminder {
  let last = -Infinity;
  return {
    isDue() {
      const now = performance.now();
      if (now - last < intervalMs) return false;
      last = now;
      return true;
    },
    reset() {
      last = -Infinity;
    },
  };
}
