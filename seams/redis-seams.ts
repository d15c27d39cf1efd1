import type { ServiceBroker } from "moleculer";
import type { Config } from "../config/config.ts";
import { RedisCache } from "./cache/redis.ts";
import { RedisConnection } from "./redis/connection.ts";
import { redisKeeper } from "./limits/redis.ts";
import { RedisPresence } from "./presence/redis.ts";
import type { Node } from "./node.ts";
import { RedisTimelineStore } from "./timelines/redis.ts";

/** Opens the implementations that use Redis, over one connection. @throws ConfigError */
export function openRedis(url: string, config: Config, broker: ServiceBroker) {
  const connection = new RedisConnection(url, broker.getLogger("redis"), {
    files: config.redisFiles,
    sentinelLogin: config.redisSentinelLogin,
  });
  const cache: Node["cache"] = (options) => new RedisCache(connection, options);
  return {
    timelines: new RedisTimelineStore(connection, {
      length: config.timelineLength,
      ttlSeconds: config.timelineTtlSeconds,
    }),
    presence: new RedisPresence(connection, broker.getLogger("presence")),
    keeper: redisKeeper(connection),
    cache,
    missing: () => (connection.refusal === null ? [] : [connection.refusal]),
    close: () => connection.close(),
  };
}
