import type { ServiceBroker } from "moleculer";
import type { Config } from "./config/config.ts";
import { messageOf } from "./lib/errors.ts";
import { SnowflakeGenerator } from "./lib/snowflake.ts";
import { MemoryCache } from "./seams/cache/memory.ts";
import type { DurableChannel } from "./seams/channel/channel.ts";
import type * as JetStream from "./seams/channel/jetstream.ts";
import { LocalChannel } from "./seams/channel/local.ts";
import type { CollectionSpec, Document } from "./seams/collections/collection.ts";
import type * as MongoSeams from "./seams/collections/mongo-seams.ts";
import { openSqlite } from "./seams/collections/sqlite/open.ts";
import { chooseStorage } from "./seams/files/choose.ts";
import { createDiskRoom } from "./seams/files/disk-room.ts";
import { createLeases } from "./seams/leases/leases.ts";
import { memoryKeeper } from "./seams/limits/memory.ts";
import { createRateLimiter } from "./seams/limits/rate-limiter.ts";
import { attachNode, type Node } from "./seams/node.ts";
import { MemoryPresence } from "./seams/presence/memory.ts";
import type * as RedisSeams from "./seams/redis-seams.ts";
import { MemoryTimelineStore } from "./seams/timelines/memory.ts";
import { createAddresses } from "./services/gateway/present.ts";
import { healthListener } from "./services/gateway/health.ts";
import { createHttpServer } from "./services/gateway/http-server.ts";

/** The modules that talk to real servers. */
export interface Drivers {
  mongo?: typeof MongoSeams;
  redis?: typeof RedisSeams;
  jetstream?: typeof JetStream;
}

/** Loads only the drivers that the settings ask for: MongoDB's would add a tenth of a second to an embedded start. */
export async function loadDrivers({ mongoUrl, redisUrl, natsUrl }: Config): Promise<Drivers> {
  return {
    ...(mongoUrl !== undefined && { mongo: await import("./seams/collections/mongo-seams.ts") }),
    ...(redisUrl !== undefined && { redis: await import("./seams/redis-seams.ts") }),
    ...(natsUrl !== undefined && { jetstream: await import("./seams/channel/jetstream.ts") }),
  };
}

/**
 * Chooses the implementation of each seam by the settings, and makes the node known to the broker's services.
 *
 * @throws ConfigError when a store's client can't use its setting
 */
export function createNode(config: Config, broker: ServiceBroker, drivers: Drivers): Node {
  const mongo = drivers.mongo?.openMongo(config.mongoUrl!, broker.logger) ?? null;
  const embedded = mongo ? null : openSqlite(config.dataDir, broker.logger);
  const disk = mongo ? null : createDiskRoom(config.dataDir, (message) => broker.logger.warn(message));
  const redis = drivers.redis?.openRedis(config.redisUrl!, config, broker) ?? null;
  const isGateway = config.services.includes("api");
  // Services with collections open MongoDB before they start. A gateway may run none of them, but needs media files.
  if (isGateway) {
    mongo?.open().catch((error: unknown) => {
      broker.logger.warn("MongoDB can't be used:", messageOf(error));
    });
  }
  const node: Node = {
    config,
    broker,
    addresses: createAddresses(config.publicUrl),
    ids: new SnowflakeGenerator(),
    channel: createChannel(config, broker, drivers),
    timelines:
      redis?.timelines ??
      new MemoryTimelineStore({ length: config.timelineLength, ttlSeconds: config.timelineTtlSeconds }),
    presence: redis?.presence ?? new MemoryPresence(),
    media: chooseStorage(config, mongo?.db ?? null),
    leases: createLeases(broker, { isShared: config.natsUrl !== undefined, isLasting: config.mongoUrl === undefined }),
    limiter: createRateLimiter(config.rateLimitScale, redis?.keeper ?? memoryKeeper),
    http: createHttpServer(config),
    draining: false,
    async missing() {
      const full = (await disk?.room())?.missing ?? [];
      return [...(mongo?.missing() ?? []), ...(redis?.missing() ?? []), ...node.channel.missing(), ...full];
    },
    warnings: async () => (await disk?.room())?.warnings ?? [],
    async close() {
      disk?.close();
      await Promise.all([node.timelines.close(), node.presence.close(), node.media.close()]);
      await Promise.all([mongo?.close(), embedded?.close(), redis?.close()]);
    },
    collection: <T extends Document>(spec: CollectionSpec) => (mongo ?? embedded)!.collection<T>(spec),
    cache: (options) => redis?.cache(options) ?? new MemoryCache(options),
  };
  attachNode(node);
  // Register before socket.io, which wraps listeners already present.
  if (!isGateway) node.http.on("request", healthListener(node));
  return node;
}

function createChannel(config: Config, broker: ServiceBroker, { jetstream }: Drivers): DurableChannel {
  if (!jetstream) return new LocalChannel();
  return new jetstream.JetStreamChannel({
    url: config.natsUrl!,
    files: config.natsFiles,
    secrets: config.clusterSecrets,
    name: `${broker.nodeID} jobs`,
    replicas: config.natsReplicas,
    takesJobs: config.jobs,
    log: broker.getLogger("jobs"),
  });
}
