import { createServer } from "node:http";
import { ServiceBroker } from "moleculer";
import type { Config } from "./config/config.ts";
import { messageOf } from "./lib/errors.ts";
import { SnowflakeGenerator } from "./lib/snowflake.ts";
import { MemoryCache } from "./seams/cache/memory.ts";
import type { DurableChannel } from "./seams/channel/channel.ts";
import { LocalChannel } from "./seams/channel/local.ts";
import type { CollectionSpec, Document } from "./seams/collections/collection.ts";
import { NedbCollection } from "./seams/collections/nedb.ts";
import { brokerOptions } from "./moleculer.config.ts";
import { healthListener } from "./services/gateway/health.ts";
import { memoryKeeper } from "./seams/limits/memory.ts";
import { createRateLimiter } from "./seams/limits/rate-limiter.ts";
import { refuseMalformed } from "./services/api/respond.ts";
import { MemoryPresence } from "./seams/presence/memory.ts";
import { chooseStorage } from "./seams/files/choose.ts";
import type { Node } from "./seams/node.ts";
import { MemoryTimelineStore } from "./seams/timelines/memory.ts";

/**
 * Chooses the implementation of every seam by the settings.
 *
 * @throws ConfigError when a store's client can't use its setting
 */
export async function createNode(config: Config): Promise<Node> {
  const broker = new ServiceBroker(brokerOptions(config));
  const mongo = config.mongoUrl === undefined ? null : await openMongo(config.mongoUrl, config, broker);
  const redis = config.redisUrl === undefined ? null : await loadRedis(config.redisUrl, config, broker);
  const node: Node = {
    config,
    broker,
    ids: new SnowflakeGenerator(),
    channel: await createChannel(config, broker),
    timelines: redis?.timelines ?? new MemoryTimelineStore({ length: config.timelineLength, ttl: config.timelineTtl }),
    presence: redis?.presence ?? new MemoryPresence(),
    media: chooseStorage(config, mongo?.db ?? null),
    limiter: createRateLimiter(config.rateLimitScale, redis?.keeper ?? memoryKeeper),
    http: createHttpServer(),
    draining: false,
    missing: () => Promise.resolve(mongo?.missing() ?? []),
    async close() {
      await Promise.all([mongo?.close(), redis?.close()]);
    },
    collection: (spec) => mongo?.collection(spec) ?? new NedbCollection(spec, config.dataDir),
    cache: (options) => redis?.cache(options) ?? new MemoryCache(options),
  };
  // Before socket.io comes, which takes its own path from whoever is there.
  if (!config.services.includes("api")) node.http.on("request", healthListener(node));
  return node;
}

async function createChannel(config: Config, broker: ServiceBroker): Promise<DurableChannel> {
  if (config.natsUrl === undefined) return new LocalChannel();
  const { JetStreamChannel } = await import("./seams/channel/jetstream.ts");
  return new JetStreamChannel({
    url: config.natsUrl,
    name: `${broker.nodeID} jobs`,
    replicas: config.natsReplicas,
    takesJobs: config.jobs,
    log: broker.getLogger("jobs"),
  });
}

/** Loaded only where it is used: the driver takes a tenth of a second of an embedded start. */
async function openMongo(url: string, { services }: Config, broker: ServiceBroker) {
  const { MongoConnection } = await import("./seams/collections/mongo-connection.ts");
  const { MongoCollection } = await import("./seams/collections/mongo.ts");
  const connection = new MongoConnection(url, broker.logger);
  // Services open it before they start. A gateway has none that does, and needs it for the bytes of media.
  if (services.includes("api")) {
    connection.open().catch((error: unknown) => {
      broker.logger.warn("MongoDB can't be used:", messageOf(error));
    });
  }
  return {
    db: connection.db,
    missing: () => connection.missing(),
    close: () => connection.close(),
    collection: <T extends Document>(spec: CollectionSpec) => new MongoCollection<T>(spec, connection),
  };
}

async function loadRedis(url: string, config: Config, broker: ServiceBroker) {
  const { openRedis } = await import("./seams/redis-seams.ts");
  return openRedis(url, config, broker);
}

function createHttpServer() {
  const server = createServer({
    // A client that is too slow to send its headers or its request is a client that holds a place.
    headersTimeout: 20_000,
    requestTimeout: 300_000,
    keepAliveTimeout: 65_000,
    // Whoever asks for any other protocol is answered in HTTP: an upgrade that nobody takes would hang.
    shouldUpgradeCallback: ({ url, headers }) =>
      url?.startsWith("/socket.io/") === true && headers.upgrade?.toLowerCase() === "websocket",
  });
  server.on("clientError", refuseMalformed);
  return server;
}
