import type { Server } from "node:http";
import type { ServiceBroker, ServiceSchema } from "moleculer";
import type { Config } from "../config/config.ts";
import type { SnowflakeGenerator } from "../lib/snowflake.ts";
import type { Cache, CacheOptions } from "./cache/cache.ts";
import type { DurableChannel } from "./channel/channel.ts";
import type { Collection, CollectionSpec, Document } from "./collections/collection.ts";
import type { RateLimiter } from "./limits/rate-limiter.ts";
import type { Presence } from "./presence/presence.ts";
import type { MediaStorage } from "./files/storage.ts";
import type { TimelineStore } from "./timelines/timeline-store.ts";

/** The resources of a node for its services: the settings and one implementation of each seam. */
export interface Node {
  readonly config: Config;
  readonly broker: ServiceBroker;
  readonly ids: SnowflakeGenerator;
  readonly channel: DurableChannel;
  readonly timelines: TimelineStore;
  readonly presence: Presence;
  readonly media: MediaStorage;
  readonly limiter: RateLimiter;
  /** The HTTP server of the node. Gateways serve REST and socket.io on it, other nodes only their health. */
  readonly http: Server;
  /** Set when the shutdown begins: load balancers must send nothing new to this node. */
  draining: boolean;
  /** @returns the stores that the node needs and can't reach at the moment, in words for an operator */
  missing(): Promise<string[]>;
  /** Closes the shared connections, after the services have stopped. */
  close(): Promise<void>;
  collection<T extends Document>(spec: CollectionSpec): Collection<T>;
  cache<V extends object>(options: CacheOptions): Cache<V>;
}

/** Builds the Moleculer schema of a service from the resources of a node. */
export type ServiceFactory = (node: Node) => ServiceSchema;
