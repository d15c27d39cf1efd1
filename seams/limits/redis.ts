import { RateLimiterMemory, RateLimiterRedis } from "rate-limiter-flexible";
import type { RedisConnection } from "../redis/connection.ts";
import type { Keeper } from "./rate-limiter.ts";

/** Keeps limits in Redis, for all nodes together; while Redis does not answer each node counts for itself. */
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
      // What was counted during an outage is to be forgotten as well.
      delete: async (key: string) => {
        await insurance.delete(key);
        return RateLimiterRedis.prototype.delete.call(limiter, key);
      },
    });
  };
}
