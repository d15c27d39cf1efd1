import type { ServiceBroker } from "moleculer";
import type { Config } from "../config/config.ts";
import { RedisCache } from "./cache/redis.ts";
import { RedisConnection } from "./redis/connection.ts";
import { redisKeeper } from "./limits/redis.ts";
import { RedisPresence } from "./presence/redis.ts";
import type { Node } from "./node.ts";
import { RedisTimelineStore } from "./timelines/redis.ts";

/** Opens the implementations that use Redis, over one connection. */
export function openRedis(url: string, config: Config, broker: ServiceBroker) {
  const connection = new RedisConnection(url, broker.getLogger("redis"));
  const cache: Node["cache"] = (options) => new RedisCache(connection, options);
  return {
    timelines: new RedisTimelineStore(connection, {
      length: config.timelineLength,
      ttlSeconds: config.timelineTtlSeconds,
    }),
    presence: new RedisPresence(connection, broker.getLogger("presence")),
    keeper: redisKeeper(connection),
    cache,
    close: () => connection.close(),
  };
}
