/**
 * Real MongoDB, Redis and NATS servers for tests and development: found or fetched, on free ports of 127.0.0.1, with
 * throw-away data. They end when they are stopped, at the latest with the process that started them.
 */
export { findServer, ServerMissingError, serversMissing } from "./find.ts";
export { type ServerName, SERVER_NAMES } from "./kinds.ts";
export { type MongoMember, type MongoSet, startMongo } from "./mongo.ts";
export { type NatsServer, startNats } from "./nats.ts";
export { type RunningServer, ServerStartError } from "./process.ts";
export { type RedisServer, startRedis } from "./redis.ts";
export { startRedisCluster } from "./redis-cluster.ts";
