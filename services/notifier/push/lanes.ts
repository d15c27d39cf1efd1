import { LRUCache } from "lru-cache";

/** Requests to one push service at once: its connections, of which the large ones want few. */
const PER_ORIGIN = 32;
/** Requests to all push services at once on this node: file descriptors, and memory of pushes that hang. */
const AT_ONCE = 512;
/** So many failures without a success between them close a lane. */
const FAILURES = 5;
/** The pause after that, and after each further failure twice as long up to the longest, in milliseconds. */
const FIRST_PAUSE = 2000;
const LONGEST_PAUSE = 300_000;
/** More push services than there are; the number is the strangers' choice. */
const MOST_LANES = 5000;

/**
 * What a request says of its push service: whether it works, and for how many milliseconds it is to be left alone
 * should it not. Null: nothing.
 */
export type Verdict = { worked: boolean; pause: number } | null;

/** A place among the requests under way. To be left exactly once. */
export interface Place {
  leave(verdict: Verdict): void;
}

interface Lane {
  running: number;
  /** Those who wait: each is handed its place, or null. */
  line: Set<(place: Place | null) => void>;
  failures: number;
  /** Takes nobody until then, in milliseconds since 1970; after that one goes ahead to try. */
  closedUntil: number;
}

/**
 * A bulkhead and a circuit breaker for each push service, so that one that is slow or dead takes neither the places nor
 * the time of the others.
 */
export function createLanes() {
  const lanes = new LRUCache<string, Lane>({ max: MOST_LANES });
  let runningAll = 0;

  function laneOf(origin: string): Lane {
    const known = lanes.get(origin);
    if (known) return known;
    const lane = { running: 0, line: new Set<(place: Place | null) => void>(), failures: 0, closedUntil: 0 };
    lanes.set(origin, lane);
    return lane;
  }

  function isClosed(lane: Lane): boolean {
    if (lane.failures < FAILURES) return false;
    return Date.now() < lane.closedUntil || lane.running > 0;
  }

  function hasRoom(lane: Lane): boolean {
    return lane.running < PER_ORIGIN && runningAll < AT_ONCE;
  }

  function take(lane: Lane): Place {
    lane.running += 1;
    runningAll += 1;
    return {
      leave(verdict) {
        lane.running -= 1;
        runningAll -= 1;
        judge(lane, verdict);
        if (isClosed(lane)) for (const hand of [...lane.line]) hand(null);
        const [next] = lane.line;
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
    // What was under way when it closed is no further sign.
    if (now >= lane.closedUntil) lane.failures += 1;
    if (lane.failures < FAILURES) return;
    const pause = Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** (lane.failures - FAILURES));
    lane.closedUntil = Math.max(lane.closedUntil, now + verdict.pause, now >= lane.closedUntil ? now + pause : 0);
  }

  return {
    /**
     * Waits for a place.
     *
     * @param until how long at most, in milliseconds since 1970
     * @returns null when there is none until then, or the push service takes none at the moment
     */
    enter(origin: string, until: number): Promise<Place | null> {
      const lane = laneOf(origin);
      if (isClosed(lane)) return Promise.resolve(null);
      if (lane.line.size === 0 && hasRoom(lane)) return Promise.resolve(take(lane));
      return new Promise((resolve) => {
        const hand = (place: Place | null) => {
          clearTimeout(timer);
          lane.line.delete(hand);
          resolve(place);
        };
        const timer = setTimeout(hand, Math.max(0, until - Date.now()), null);
        lane.line.add(hand);
      });
    },

    /** When a push service may be asked again, in milliseconds since 1970; a time gone by for one that takes messages. */
    opensAt: (origin: string) => lanes.get(origin)?.closedUntil ?? 0,
  };
}

export type Lanes = ReturnType<typeof createLanes>;
