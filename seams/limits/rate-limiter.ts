import { type RateLimiterAbstract, RateLimiterRes } from "rate-limiter-flexible";

/** One limit: at most `points` hits in a window. */
export interface LimitSpec {
  name: string;
  points: number;
  windowSeconds: number;
}

/** The state of a limit after a hit; the numbers of the `RateLimit-*` headers. */
export interface LimitState {
  limit: number;
  remaining: number;
  /** Whole seconds until the window ends. */
  reset: number;
  allowed: boolean;
}

/**
 * Counts hits in fixed windows: in memory for one node, in Redis for many. While Redis is down each node counts by
 * itself, so that an outage of Redis never refuses a request.
 */
export interface RateLimiter {
  /** Takes points, one unless given. @returns the new state; `allowed` is false when there were not as many left */
  hit(spec: LimitSpec, key: string, points?: number): Promise<LimitState>;
  /** Returns the point of a hit that was refused for another reason. */
  giveBack(spec: LimitSpec, key: string): Promise<void>;
  /** Resets the count of the key. */
  reset(spec: LimitSpec, key: string): Promise<void>;
}

/** Creates the counter of one limit. The implementations differ only in this function. */
export type Keeper = (options: { keyPrefix: string; points: number; duration: number }) => RateLimiterAbstract;

/** The hits that a limit allows in a window. @param scale multiplies the points of every limit */
export function pointsOf({ points }: LimitSpec, scale: number): number {
  return Math.max(1, Math.floor(points * scale));
}

/** A rate limiter over rate-limiter-flexible. @param scale multiplies the points of every limit */
export function createRateLimiter(scale: number, keeper: Keeper): RateLimiter {
  const keepers = new Map<string, RateLimiterAbstract>();
  const of = (spec: LimitSpec) => {
    let found = keepers.get(spec.name);
    if (!found) {
      found = keeper({ keyPrefix: `limit:${spec.name}`, points: pointsOf(spec, scale), duration: spec.windowSeconds });
      keepers.set(spec.name, found);
    }
    return found;
  };
  const state = (spec: LimitSpec, result: RateLimiterRes, allowed: boolean): LimitState => ({
    limit: pointsOf(spec, scale),
    remaining: Math.max(0, result.remainingPoints),
    reset: Math.ceil(Math.max(0, result.msBeforeNext) / 1000),
    allowed,
  });
  return {
    async hit(spec, key, points = 1) {
      try {
        return state(spec, await of(spec).consume(key, points), true);
      } catch (refusal) {
        if (refusal instanceof RateLimiterRes) return state(spec, refusal, false);
        throw refusal;
      }
    },
    async giveBack(spec, key) {
      await of(spec).reward(key);
    },
    async reset(spec, key) {
      await of(spec).delete(key);
    },
  };
}
