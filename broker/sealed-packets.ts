import type { Middleware, ServiceBroker } from "moleculer";
import { createReminder, type Reminder } from "../lib/reminder.ts";
import { isSealed, type Opened, Seal, SealError } from "../seams/nats/seal.ts";
import { ReplayGuard } from "../seams/nats/replay-guard.ts";

/** The log mentions each reason to refuse packets this often: a node without the secret sends several packets a second. */
const REMINDER_INTERVAL_MS = 60_000;

/** A packet before it is sent. Without a target it goes to all nodes. */
interface Packet {
  type: string;
  target?: string | null;
}

type Send = (topic: string, data: Buffer, meta: { packet: Packet }) => Promise<unknown>;
type Receive = (command: string, data: Buffer, ...rest: unknown[]) => unknown;

/**
 * Seals all packets between nodes with `CLUSTER_SECRET`, and refuses those that are not sealed with it, were meant for
 * another node, are repeated, or are old. Without secrets, packets are sent as they are, and only sealed ones refused.
 *
 * Based on the hooks of Moleculer's own encryption, which neither signs nor notices repetition.
 */
export function sealedPackets(secrets: readonly string[]): (broker: ServiceBroker) => Middleware {
  return (broker) => {
    const { nodeID } = broker;
    const seal = secrets.length > 0 ? new Seal(secrets) : null;
    const guard = new ReplayGuard();
    const reminders = new Map<string, Reminder>();

    function refuse(reason: string): void {
      const reminder = reminders.get(reason) ?? createReminder(REMINDER_INTERVAL_MS);
      reminders.set(reason, reminder);
      if (reminder.isDue()) broker.logger.warn(`A packet of another node is refused: ${reason}`);
    }

    /** @returns the packet's content; null when the packet is refused */
    function open(command: string, data: Buffer): Buffer | null {
      if (!seal) {
        if (!isSealed(data.subarray(1))) return data;
        refuse("it is sealed, but this node has no CLUSTER_SECRET. Set the same on all nodes");
        return null;
      }
      try {
        const opened = openFor(seal, command, nodeID, data);
        const fault = guard.check(opened);
        if (fault === null) return opened.content;
        refuse(fault);
      } catch (error) {
        if (!(error instanceof SealError)) throw error;
        refuse(error.message);
      }
      return null;
    }

    return {
      name: "SealedPackets",
      transporterSend: (next: Send): Send =>
        seal ? (topic, data, meta) => next(topic, sealFor(seal, meta.packet, data), meta) : next,
      transporterReceive:
        (next: Receive): Receive =>
        (command, data, ...rest) => {
          const content = open(command, data);
          return content === null ? undefined : next(command, content, ...rest);
        },
    } as unknown as Middleware;
  };
}

/** Whether the packet is for all nodes or for one, as the first byte: receivers are not told the topic. */
const TO_ALL = 0;
const TO_ONE = 1;

function sealFor(seal: Seal, { type, target }: Packet, data: Buffer): Buffer {
  const to = Buffer.of(target ? TO_ONE : TO_ALL);
  return Buffer.concat([to, seal.seal(data, contextOf(type, target ?? ""))]);
}

/** @throws SealError */
function openFor(seal: Seal, command: string, nodeID: string, data: Buffer): Opened {
  return seal.open(data.subarray(1), contextOf(command, data[0] === TO_ONE ? nodeID : ""));
}

function contextOf(command: string, target: string): string {
  return `packet\0${command}\0${target}`;
}
