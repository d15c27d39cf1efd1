import type { Connection, Connections, Exchange } from "./connections.ts";
import { REFUSALS, refuseAtOnce } from "./refusals.ts";
import { inodeOf, readSendQueues } from "./send-queues.ts";

const LOOK_EVERY_MS = 1000;
/** A body has this long to arrive. One of the largest JSON bodies, 64 KB, needs it at 4 KB a second. */
const BODY_LIMIT_MS = 15_000;
/** An upload may take longer, as long as it goes on: at least this many bytes in each of these times. */
const UPLOAD_LEAST_BYTES = 65_536;
const UPLOAD_WINDOW_MS = 15_000;
/** A client must take this many bytes of its answer in each of these times, or what is left. */
const ANSWER_LEAST_BYTES = 16_384;
const ANSWER_WINDOW_MS = 30_000;
/** After this time a client counts as slow: its connection may be closed in favour of another. */
const SLOW_AFTER_MS = 3000;
/**
 * While clients read slowly, the system is asked this often how much they have read. With 10,000 connections, parsing its
 * tables takes 7 to 40 ms.
 */
const QUEUES_EVERY_MS = 5000;
/** A refused client has this long to read the refusal. */
const LINGER_MS = 1000;

/** What Node knows of a connection but does not publish; its own socket timeouts look at it, too. */
interface Handle {
  /** Bytes that were handed to the system. */
  readonly bytesWritten?: number;
  /** Those of them that the system could not take yet, because the client does not read. */
  readonly writeQueueSize?: number;
  /** The descriptor of the socket. */
  readonly fd?: number;
}

/** Watches all connections for clients that send or read slowly, and ends those that are too slow. */
export function watchSlowClients(connections: Connections): void {
  let queues: ReadonlyMap<string, number> = new Map();
  let queuesReadAt = -Infinity;
  setInterval(() => {
    const now = performance.now();
    let hasSlowReaders = false;
    for (const connection of connections.all()) {
      const [exchange] = connection.exchanges;
      // The time in which a request waits for its turn is ours.
      if (!exchange || exchange.beganAt === 0) continue;
      if (exchange.res.headersSent)
        hasSlowReaders = lookAtAnswer(connections, connection, queues, now) || hasSlowReaders;
      // Nobody reads the body of an upload that waits for its turn.
      else if (isSending(exchange) && exchange.req.readableFlowing !== null)
        lookAtBody(connections, connection, exchange, now);
    }
    if (!hasSlowReaders || now - queuesReadAt < QUEUES_EVERY_MS) return;
    queuesReadAt = now;
    void readSendQueues().then((found) => (queues = found));
  }, LOOK_EVERY_MS).unref();
}

/** Whether a part of the request's body has not arrived yet. */
export function isSending({ req }: Pick<Exchange, "req">): boolean {
  return !req.complete && (req.headers["content-length"] ?? req.headers["transfer-encoding"]) !== undefined;
}

/** Whether a request uploads a file. Only uploads have large bodies. */
function isUpload({ req: { method, url } }: Pick<Exchange, "req">): boolean {
  return method === "POST" && /^\/media(?:$|\?)/.test(url!);
}

function lookAtBody(connections: Connections, connection: Connection, exchange: Exchange, now: number): void {
  const ageMs = now - exchange.beganAt;
  if (ageMs > SLOW_AFTER_MS) connections.setSlow(connection);
  const isLate = isUpload(exchange)
    ? !moves(connection, "request", now, connection.socket.bytesRead, UPLOAD_LEAST_BYTES, UPLOAD_WINDOW_MS)
    : ageMs > BODY_LIMIT_MS;
  if (!isLate) return;
  refuseAtOnce(exchange.res, REFUSALS.slowBody, true);
  setTimeout(() => connections.close(connection), LINGER_MS).unref();
}

/** @returns whether the client reads slowly */
function lookAtAnswer(
  connections: Connections,
  connection: Connection,
  queues: ReadonlyMap<string, number>,
  now: number,
): boolean {
  const { socket } = connection;
  const { bytesWritten = 0, writeQueueSize = 0, fd = -1 } = (socket as { _handle?: Handle | null })._handle ?? {};
  // Nothing waits for the client: a store may be slow to give more.
  if (writeQueueSize === 0 && socket.writableLength === 0) return false;
  const inSystem = queues.size > 0 ? (queues.get(inodeOf(socket, fd)) ?? 0) : 0;
  const bytes = bytesWritten - writeQueueSize - inSystem;
  if (!moves(connection, "answer", now, bytes, ANSWER_LEAST_BYTES, ANSWER_WINDOW_MS)) {
    connections.reset(connection);
    return false;
  }
  if (now - connection.seen!.at <= SLOW_AFTER_MS) return false;
  connections.setSlow(connection);
  return true;
}

/** Whether at least so many bytes went over the connection within the time. */
function moves(
  connection: Connection,
  part: "request" | "answer",
  now: number,
  bytes: number,
  leastBytes: number,
  windowMs: number,
): boolean {
  const { seen } = connection;
  if (seen?.part !== part || bytes - seen.bytes >= leastBytes) {
    connection.seen = { part, at: now, bytes };
    return true;
  }
  // Fewer than before are those that the system was not yet asked for.
  seen.bytes = Math.min(seen.bytes, bytes);
  return now - seen.at < windowMs;
}
