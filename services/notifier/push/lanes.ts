import { LRUCache } from "lru-cache";

/** Concurrent requests to one push service. Each takes a connection, and the large push services want few. */
const REQUESTS_PER_ORIGIN = 32;
/** Concurrent requests of this node: each takes a file descriptor, and memory while its push service hangs. */
const REQUESTS_PER_NODE = 512;
/** This many failures without a success in between close a lane. */
const FAILURES_LIMIT = 5;
/** A lane that closes stays closed this long. The time doubles with each further failure. */
const FIRST_PAUSE_MS = 2000;
const LONGEST_PAUSE_MS = 300_000;
/** More lanes than there are push services. A bound is needed, because strangers choose the endpoints. */
const LANES_LIMIT = 5000;

/**
 * What a request shows about its push service: whether the service works, and if not, the pause that the service asks
 * for (0: none). Null when the request shows nothing.
 */
export type Verdict = { worked: boolean; pauseMs: number } | null;

/** The right to have one request under way. */
export interface Slot {
  /** Must be called exactly once. */
  release(verdict: Verdict): void;
}

interface Lane {
  running: number;
  /** The callers that wait for a slot. Each is given one, or null. */
  queue: Set<(slot: Slot | null) => void>;
  failures: number;
  /** Milliseconds since 1970. Until then, a closed lane sends nothing; after that, it sends one request as a test. */
  closedUntil: number;
}

/**
 * A lane for each push service: a bulkhead and a circuit breaker, so that a slow or dead service takes neither the
 * slots nor the time of the others.
 */
export function createLanes() {
  const lanes = new LRUCache<string, Lane>({ max: LANES_LIMIT });
  let runningAll = 0;

  function laneOf(origin: string): Lane {
    const known = lanes.get(origin);
    if (known) return known;
    const lane = { running: 0, queue: new Set<(slot: Slot | null) => void>(), failures: 0, closedUntil: 0 };
    lanes.set(origin, lane);
    return lane;
  }

  function isClosed(lane: Lane): boolean {
    if (lane.failures < FAILURES_LIMIT) return false;
    return Date.now() < lane.closedUntil || lane.running > 0;
  }

  function hasRoom(lane: Lane): boolean {
    return lane.running < REQUESTS_PER_ORIGIN && runningAll < REQUESTS_PER_NODE;
  }

  function take(lane: Lane): Slot {
    lane.running += 1;
    runningAll += 1;
    return {
      release(verdict) {
        lane.running -= 1;
        runningAll -= 1;
        judge(lane, verdict);
        if (isClosed(lane)) for (const give of [...lane.queue]) give(null);
        const [next] = lane.queue;
        if (next && hasRoom(lane)) next(take(lane));
      },
    };
  }

  function judge(lane: Lane, verdict: Verdict): void {
    if (verdict === null) return;
    if (verdict.worked) {
      lane.failures = 0;
      return;
    }
    const now = Date.now();
    // Requests that were under way when the lane closed prove nothing new.
    if (now >= lane.closedUntil) lane.failures += 1;
    if (lane.failures < FAILURES_LIMIT) return;
    const pause = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (lane.failures - FAILURES_LIMIT));
    lane.closedUntil = Math.max(lane.closedUntil, now + verdict.pauseMs, now >= lane.closedUntil ? now + pause : 0);
  }

  return {
    /**
     * Waits for a slot.
     *
     * @param origin the origin of the push service
     * @param until the deadline, in milliseconds since 1970
     * @returns null when no slot got free before the deadline, or the lane of the push service is closed
     */
    acquire(origin: string, until: number): Promise<Slot | null> {
      const lane = laneOf(origin);
      if (isClosed(lane)) return Promise.resolve(null);
      if (lane.queue.size === 0 && hasRoom(lane)) return Promise.resolve(take(lane));
      return new Promise((resolve) => {
        const give = (slot: Slot | null) => {
          clearTimeout(timer);
          lane.queue.delete(give);
          resolve(slot);
        };
        const timer = setTimeout(give, Math.max(0, until - Date.now()), null);
        lane.queue.add(give);
      });
    },

    /** The time from which a push service may be asked again, in milliseconds since 1970; past if its lane is open. */
    opensAt: (origin: string): number => lanes.get(origin)?.closedUntil ?? 0,
  };
}

export type Lanes = ReturnType<typeof createLanes>;
