import type { Middleware, Service, ServiceBroker } from "moleculer";
import { messageOf } from "../lib/errors.ts";
import { createReminder } from "../lib/reminder.ts";
import { createBusCodec } from "../seams/nats/bus-codec.ts";
import type { NatsTransporter } from "./nats-transporter.ts";

/** The log says this often that broadcasts are refused: somebody without the secret may send many. */
const REMINDER_INTERVAL_MS = 60_000;

type Broadcast = (name: string, payload: unknown, options?: object) => Promise<unknown>;

/**
 * Encodes, seals and sends each broadcast once, however many nodes there are: to a subject of NATS, to which those nodes
 * subscribe whose services listen. Moleculer would do all of it anew for each node.
 */
export function broadcastOnce(secrets: readonly string[]): (broker: ServiceBroker) => Middleware {
  return (broker) => {
    const codec = createBusCodec(secrets, { once: true });
    const reminder = createReminder(REMINDER_INTERVAL_MS);
    const transporter = broker.options.transporter as unknown as NatsTransporter;
    const subjectOf = (name: string) => `MOL-${broker.namespace}.BROADCAST.${name}`;
    const known = new Set<string>();

    function take(name: string, data: Uint8Array): void {
      try {
        void broker.broadcastLocal(name, codec.decode(data, subjectOf(name)));
      } catch (error) {
        if (reminder.isDue()) broker.logger.warn("A broadcast of another node is refused:", messageOf(error));
      }
    }

    /** Moleculer's own events, which begin with a dollar sign, stay in their process. */
    function listen(name: string): void {
      if (name.startsWith("$") || known.has(name)) return;
      known.add(name);
      transporter.listen(subjectOf(name), (data) => take(name, data));
    }

    return {
      name: "BroadcastOnce",
      serviceCreated: ({ schema }: Service) => Object.keys(schema.events ?? {}).forEach(listen),
      broadcast: (next: Broadcast): Broadcast => {
        return (name, payload, options) => {
          if (name.startsWith("$")) return next(name, payload, options);
          const subject = subjectOf(name);
          transporter.tell(subject, () => codec.encode(payload, subject));
          return broker.broadcastLocal(name, payload, options);
        };
      },
    } as unknown as Middleware;
  };
}
