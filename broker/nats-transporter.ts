import { setTimeout as pause } from "node:timers/promises";
import { type Middleware, type ServiceBroker, Transporters } from "moleculer";
import { Events, type NatsConnection } from "nats";
import type { NatsFiles } from "../config/files.ts";
import { broadcast } from "../contract/events.ts";
import { natsOptions } from "../seams/nats/options.ts";
import { watchPauses } from "../seams/nats/pauses.ts";

/** A starting node waits this long for NATS. */
const START_LIMIT_MS = 3000;

/** The part of Moleculer's registry that is used here and missing in its types. */
interface Registry {
  nodes: {
    toArray(): { id: string; local: boolean; available: boolean }[];
    disconnected(nodeId: string, isUnexpected: boolean): void;
  };
  discoverer: { sendLocalNodeInfo(): Promise<void> };
}

/** Another node in the registry of this node. */
interface KnownNode {
  id: string;
  /** Number of service lists that the node has sent. */
  seq: number;
}

function discovererOf(broker: ServiceBroker): Registry["discoverer"] {
  return (broker.registry as unknown as Registry).discoverer;
}

/**
 * Moleculer's NATS transporter, for a NATS that comes and goes. While NATS is away, no other node counts as available,
 * so that calls fail at once instead of being sent late. When NATS is back, or this process was frozen for a while, the
 * node announces itself again at once, and the broker emits `$transporter.connected`.
 */
export class NatsTransporter extends Transporters.NATS {
  readonly #listeners: { subject: string; take: (data: Uint8Array) => void }[] = [];
  #stopWatching: (() => void) | undefined;

  /** @throws ConfigError when one of the files can't be used */
  constructor(url: string, name: string, files: NatsFiles = {}) {
    super({ ...natsOptions(url, name, files), waitOnFirstConnect: true, noEcho: true });
  }

  /** Takes what other nodes {@link tell} this subject, from the first connection on. */
  listen(subject: string, take: (data: Uint8Array) => void): void {
    this.#listeners.push({ subject, take });
    if (this.connected) this.#subscribe(subject, take);
  }

  /** Sends to all nodes that {@link listen}; nothing without a connection. */
  tell(subject: string, encode: () => Uint8Array): void {
    if (this.connected) (this.client as NatsConnection).publish(subject, encode());
  }

  #subscribe(subject: string, take: (data: Uint8Array) => void): void {
    (this.client as NatsConnection).subscribe(subject, {
      callback: (error, { data }) => {
        if (!error) take(data);
      },
    });
  }

  override onConnected(wasReconnect?: boolean): Promise<unknown> {
    if (!wasReconnect) {
      void this.#follow(this.client as NatsConnection);
      // Before this node announces itself, so that it misses nothing from then on.
      for (const { subject, take } of this.#listeners) this.#subscribe(subject, take);
      this.#stopWatching = watchPauses(() => {
        if (this.connected) void this.onConnected(true);
      });
    }
    return super.onConnected(wasReconnect);
  }

  override async disconnect(): Promise<void> {
    this.#stopWatching?.();
    const client = this.client as NatsConnection | null;
    // Without a connection, a flush would wait until NATS comes back.
    if (this.connected) await client?.flush();
    await client?.close();
    this.client = null;
  }

  async #follow(client: NatsConnection): Promise<void> {
    for await (const { type } of client.status()) {
      if (type === Events.Disconnect) this.#lost();
      else if (type === Events.Reconnect) void this.onConnected(true);
    }
  }

  #lost(): void {
    if (!this.connected) return;
    this.connected = false;
    this.logger.warn("The connection to NATS is lost; reconnecting");
    void this.broker.broadcastLocal("$transporter.disconnected", { graceFul: false });
    const { nodes } = this.broker.registry as unknown as Registry;
    for (const node of nodes.toArray()) if (!node.local && node.available) nodes.disconnected(node.id, true);
  }
}

/**
 * Lets a node start without NATS, with its own services; the node joins the others once NATS is there.
 *
 * Also sends `node.missed` to each node that appears, comes back or has new services: this node sent it no broadcasts
 * until then, so it may have missed some.
 */
export function natsMiddleware(broker: ServiceBroker): Middleware {
  /** For each node, its `seq` when this node last sent it `node.missed`. */
  const told = new WeakMap<KnownNode, number>();
  return {
    name: "Nats",
    starting() {
      const { transit } = broker;
      if (!transit) return Promise.resolve();
      const connect = transit.connect.bind(transit);
      // Moleculer itself would wait for NATS without limit.
      transit.connect = async () => {
        const waiting = new AbortController();
        const connected = connect().then(() => {
          waiting.abort();
          if (isStarted) return discovererOf(broker).sendLocalNodeInfo();
        });
        await Promise.race([connected, pause(START_LIMIT_MS, undefined, waiting).catch(() => undefined)]);
      };
      let isStarted = false;
      broker.localBus.on("$broker.started", () => (isStarted = true));
      const tell = (node: KnownNode) => {
        told.set(node, node.seq);
        broadcast(broker, "node.missed", { nodeId: node.id });
      };
      broker.localBus.on("$node.connected", ({ node }: { node: KnownNode }) => tell(node));
      // The node was known before its services ran, so events for these services were not sent to it.
      broker.localBus.on("$node.updated", ({ node }: { node: KnownNode }) => {
        if (told.get(node) !== node.seq) tell(node);
      });
      return Promise.resolve();
    },
    // Announce the services before the first client comes. Moleculer would wait a second, during which the other nodes
    // send nothing to these services.
    started: () => discovererOf(broker).sendLocalNodeInfo(),
  };
}
