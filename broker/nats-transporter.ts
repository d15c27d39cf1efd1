import { setTimeout as pause } from "node:timers/promises";
import { type Middleware, type ServiceBroker, Transporters } from "moleculer";
import { Events, type NatsConnection } from "nats";
import { broadcast } from "../contract/events.ts";
import { natsOptions } from "../seams/nats/options.ts";
import { watchPauses } from "../seams/nats/pauses.ts";

/** How long the start of a node waits for a NATS that is not there, in milliseconds. */
const PATIENCE = 3000;

/** What of Moleculer's registry is used here, which its types don't tell. */
interface Registry {
  nodes: {
    toArray(): { id: string; local: boolean; available: boolean }[];
    disconnected(nodeId: string, isUnexpected: boolean): void;
  };
  discoverer: { sendLocalNodeInfo(): Promise<void> };
}

/** Another node, as this one's registry has it. */
interface KnownNode {
  id: string;
  /** Counts the lists of services that it has sent. */
  seq: number;
}

function discovererOf(broker: ServiceBroker): Registry["discoverer"] {
  return (broker.registry as unknown as Registry).discoverer;
}

/**
 * Moleculer's NATS transporter, for a NATS that comes and goes. While it is away no other node counts as available, so
 * that calls fail at once and are not sent late. When it is back, and when this process was frozen for a while, the
 * node makes itself known again at once, and the broker tells `$transporter.connected`.
 */
export class NatsTransporter extends Transporters.NATS {
  #stopWatching: (() => void) | undefined;

  constructor(url: string, name: string) {
    super({ ...natsOptions(url, name), waitOnFirstConnect: true });
  }

  override onConnected(wasReconnect?: boolean): Promise<unknown> {
    if (!wasReconnect) {
      void this.#follow(this.client as NatsConnection);
      this.#stopWatching = watchPauses(() => {
        if (this.connected) void this.onConnected(true);
      });
    }
    return super.onConnected(wasReconnect);
  }

  override async disconnect(): Promise<void> {
    this.#stopWatching?.();
    const client = this.client as NatsConnection | null;
    // To flush what can't be sent would wait for NATS to come back.
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
    this.logger.warn("The connection to NATS is lost, trying on");
    void this.broker.broadcastLocal("$transporter.disconnected", { graceFul: false });
    const { nodes } = this.broker.registry as unknown as Registry;
    for (const node of nodes.toArray()) if (!node.local && node.available) nodes.disconnected(node.id, true);
  }
}

/**
 * Lets a node start while NATS is not there, with the services that it holds; it joins the others when it is. And tells
 * every node that comes (back) into sight, or has more services now, that broadcasts may have passed it by: nothing was
 * sent to it meanwhile.
 */
export function natsMiddleware(broker: ServiceBroker): Middleware {
  /** Which list of its services each node was told for. */
  const told = new WeakMap<KnownNode, number>();
  return {
    name: "Nats",
    starting() {
      const { transit } = broker;
      if (!transit) return Promise.resolve();
      const connect = transit.connect.bind(transit);
      // Moleculer would wait for it without end.
      transit.connect = async () => {
        const waiting = new AbortController();
        const connected = connect().then(() => {
          waiting.abort();
          if (isStarted) return discovererOf(broker).sendLocalNodeInfo();
        });
        await Promise.race([connected, pause(PATIENCE, undefined, waiting).catch(() => undefined)]);
      };
      let isStarted = false;
      broker.localBus.on("$broker.started", () => (isStarted = true));
      const tell = (node: KnownNode) => {
        told.set(node, node.seq);
        broadcast(broker, "node.missed", { nodeId: node.id });
      };
      broker.localBus.on("$node.connected", ({ node }: { node: KnownNode }) => tell(node));
      // It was known before its services ran, and was sent nothing that they are to hear.
      broker.localBus.on("$node.updated", ({ node }: { node: KnownNode }) => {
        if (told.get(node) !== node.seq) tell(node);
      });
      return Promise.resolve();
    },
    // Before it takes its first client. Moleculer lets a second pass, in which others send it nothing.
    started: () => discovererOf(broker).sendLocalNodeInfo(),
  };
}
