import type { EngineConnection } from "./connection.ts";

/** What a guard remembers of a connection. */
export interface Behaviour {
  /** Packets that the client has sent lately: the sum leaks by `LEAK_PER_SECOND`. */
  packets: number;
  /** Pongs that answer no ping. */
  unaskedPongs: number;
  /** Requests to join a namespace. */
  joins: number;
}

/** Packets of one client at once, and how many each second takes off: a program that watches 100 profiles needs few. */
const PACKETS_LIMIT = 2000;
const LEAK_PER_SECOND = 200;
/** A ping that was sent just before a change of transport is forgotten, and its pong then comes unasked. */
const UNASKED_PONGS_LIMIT = 2;
/** There is one namespace. Each request for another is answered, so they must end. */
const JOINS_LIMIT = 10;
/** The longest request to join, in characters: a token takes 43. It is kept until the connection is accepted. */
const JOIN_LIMIT_CHARACTERS = 4096;
/** The longest packet with attachments, in characters. It is kept until they arrive, which may be never. */
const BINARY_LIMIT_CHARACTERS = 1024;

export function newBehaviour(): Behaviour {
  return { packets: 0, unaskedPongs: 0, joins: 0 };
}

/** Takes off what may have leaked in this time. */
export function leak(behaviour: Behaviour, ms: number): void {
  behaviour.packets = Math.max(0, behaviour.packets - (ms / 1000) * LEAK_PER_SECOND);
}

/** Counts a packet of a client before it is handled. @returns why the connection must end; null for a good packet */
export function faultOf(
  behaviour: Behaviour,
  connection: EngineConnection,
  { type, data }: { type: string; data?: unknown },
): string | null {
  if (++behaviour.packets > PACKETS_LIMIT) return "too many packets";
  if (type === "pong") {
    // The engine would put off its next ping, so a client that never reads could stay for ever.
    const isAsked = connection.pingTimeoutTimer !== null;
    return !isAsked && ++behaviour.unaskedPongs > UNASKED_PONGS_LIMIT ? "pongs without a ping" : null;
  }
  return type === "message" && typeof data === "string" ? faultOfMessage(behaviour, data) : null;
}

/** The first character of a message is its type: 0 joins a namespace, 5 and 6 have attachments. */
function faultOfMessage(behaviour: Behaviour, message: string): string | null {
  const type = message[0];
  if (type === "0") {
    if (message.length > JOIN_LIMIT_CHARACTERS) return "a request to join that is too long";
    return ++behaviour.joins > JOINS_LIMIT ? "too many requests to join" : null;
  }
  if (type !== "5" && type !== "6") return null;
  if (message.length > BINARY_LIMIT_CHARACTERS) return "a packet with attachments that is too long";
  return message.startsWith("1-", 1) ? null : "more than one attachment";
}
