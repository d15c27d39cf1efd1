/** The most requests of a group. More gain nothing: the clients on the other end are awake by then. */
const GROUP_LIMIT = 16;
/** A group should hold up the event loop for no longer. */
const GROUP_MS = 1.5;
/** How fast the cost of a request follows a measurement. */
const WEIGHT = 0.1;

/**
 * Finds how many requests should begin together. Each goes on when the others wait, so they are answered in one go: that
 * wakes the process that reads the answers once instead of once for each, which costs more than a short request. But
 * nothing else runs meanwhile, so requests that take long begin one by one.
 */
export function createGroupSize() {
  /** What a request took of the event loop. */
  let costMs = GROUP_MS;

  return {
    get size(): number {
      return Math.min(GROUP_LIMIT, Math.max(1, Math.floor(GROUP_MS / costMs)));
    },

    /** Notes how long the event loop took to work on so many requests. */
    measure(count: number, ms: number): void {
      if (count > 0) costMs += (ms / count - costMs) * WEIGHT;
    },
  };
}
