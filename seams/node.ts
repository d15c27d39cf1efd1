import type { Server } from "node:http";
import type { ServiceBroker, ServiceSchema } from "moleculer";
import type { Config } from "../config/config.ts";
import type { Addresses } from "../contract/addresses.ts";
import type { SnowflakeGenerator } from "../lib/snowflake.ts";
import type { Cache, CacheOptions } from "./cache/cache.ts";
import type { DurableChannel } from "./channel/channel.ts";
import type { Collection, CollectionSpec, Document } from "./collections/collection.ts";
import type { Leases } from "./leases/leases.ts";
import type { RateLimiter } from "./limits/rate-limiter.ts";
import type { Presence } from "./presence/presence.ts";
import type { MediaStorage } from "./files/storage.ts";
import type { TimelineStore } from "./timelines/timeline-store.ts";

/** The resources of a node for its services: the settings and one implementation of each seam. */
export interface Node {
  readonly config: Config;
  readonly broker: ServiceBroker;
  /** The public addresses of this site. */
  readonly addresses: Addresses;
  readonly ids: SnowflakeGenerator;
  readonly channel: DurableChannel;
  readonly timelines: TimelineStore;
  readonly presence: Presence;
  readonly media: MediaStorage;
  readonly limiter: RateLimiter;
  /** The copies that this node keeps of what other services answer. */
  readonly leases: Leases;
  /** The HTTP server of the node. Gateways serve REST and socket.io on it, other nodes only their health. */
  readonly http: Server;
  /** Set when the shutdown begins: load balancers must send nothing new to this node. */
  draining: boolean;
  /** @returns the stores that the node needs and can't reach at the moment, in words for an operator */
  missing(): Promise<string[]>;
  /** @returns what an operator should do something about while the node works, in words */
  warnings(): Promise<string[]>;
  /** Closes the shared connections, after the services have stopped. */
  close(): Promise<void>;
  collection<T extends Document>(spec: CollectionSpec): Collection<T>;
  cache<V extends object>(options: CacheOptions): Cache<V>;
}

/** A service as Moleculer loads it: a function of the broker. Tests may give it another node than the broker's. */
export type ServiceFactory = (broker: ServiceBroker, node?: Node) => ServiceSchema;

const nodes = new WeakMap<ServiceBroker, Node>();

/** Makes a node known to the services that its broker loads. */
export function attachNode(node: Node): void {
  nodes.set(node.broker, node);
}

/** Defines a service that takes its resources from a node. The factory throws when the broker has no node. */
export function service(create: (node: Node) => ServiceSchema): ServiceFactory {
  return (broker, node = nodes.get(broker)) => {
    if (!node) throw new Error("This broker has no node: create the broker with moleculer.config.ts or server.ts");
    return create(node);
  };
}
