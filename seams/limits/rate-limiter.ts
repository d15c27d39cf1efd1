import { type RateLimiterAbstract, RateLimiterMemory, RateLimiterRes } from "rate-limiter-flexible";

/** One limit: so many points in a window. */
export interface LimitSpec {
  name: string;
  points: number;
  /** Seconds. */
  window: number;
}

/** What is left of a limit after a hit; the numbers of the `RateLimit-*` headers. */
export interface LimitState {
  limit: number;
  remaining: number;
  /** Whole seconds until the window ends. */
  reset: number;
  allowed: boolean;
}

/**
 * Counts hits in fixed windows. In memory for one node, in Redis for many; while Redis is down each node counts for
 * itself, so that a limit never turns a request away for want of Redis.
 */
export interface RateLimiter {
  /** Takes one point. @returns what is left; not allowed when nothing was left to take */
  hit(spec: LimitSpec, key: string): Promise<LimitState>;
  /** Forgets what was counted for the key. */
  reset(spec: LimitSpec, key: string): Promise<void>;
  close(): Promise<void>;
}

/** How one limit is kept: the part in which the implementations differ. */
export type Keeper = (options: { keyPrefix: string; points: number; duration: number }) => RateLimiterAbstract;

/** Limits over rate-limiter-flexible. @param scale multiplies every limit's points */
export function createRateLimiter(
  scale: number,
  keeper: Keeper = (options) => new RateLimiterMemory(options),
): RateLimiter {
  const keepers = new Map<string, RateLimiterAbstract>();
  const pointsOf = (spec: LimitSpec) => Math.max(1, Math.floor(spec.points * scale));
  const of = (spec: LimitSpec) => {
    let found = keepers.get(spec.name);
    if (!found) {
      found = keeper({ keyPrefix: `limit:${spec.name}`, points: pointsOf(spec), duration: spec.window });
      keepers.set(spec.name, found);
    }
    return found;
  };
  const state = (spec: LimitSpec, result: RateLimiterRes, allowed: boolean): LimitState => ({
    limit: pointsOf(spec),
    remaining: Math.max(0, result.remainingPoints),
    reset: Math.ceil(Math.max(0, result.msBeforeNext) / 1000),
    allowed,
  });
  return {
    async hit(spec, key) {
      try {
        return state(spec, await of(spec).consume(key), true);
      } catch (refusal) {
        if (refusal instanceof RateLimiterRes) return state(spec, refusal, false);
        throw refusal;
      }
    },
    async reset(spec, key) {
      await of(spec).delete(key);
    },
    close: () => Promise.resolve(),
  };
}
