import { RateLimiterMemory, RateLimiterRedis } from "rate-limiter-flexible";
import type { RedisConnection } from "../redis/connection.ts";
import type { Keeper } from "./rate-limiter.ts";

/** Counts in Redis for all nodes together. While Redis does not answer, each node counts by itself. */
export function redisKeeper(redis: RedisConnection): Keeper {
  return (options) => {
    const insurance = new RateLimiterMemory(options);
    const limiter = new RateLimiterRedis({
      ...options,
      storeClient: redis.client,
      rejectIfRedisNotReady: true,
      insuranceLimiter: insurance,
    });
    return Object.assign(limiter, {
      // Also reset the counts made during an outage.
      delete: async (key: string) => {
        await insurance.delete(key);
        return RateLimiterRedis.prototype.delete.call(limiter, key);
      },
    });
  };
}
