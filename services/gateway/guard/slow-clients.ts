import type { Connection, Connections, Exchange } from "./connections.ts";
import { REFUSALS, refuseAtOnce } from "./refusals.ts";

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
/** A refused client has this long to read the refusal. */
const LINGER_MS = 1000;

/** What Node knows of a connection but does not publish; its own socket timeouts look at it, too. */
interface Handle {
  /** Bytes that were handed to the system. */
  readonly bytesWritten?: number;
  /** Those of them that the system could not take yet, because the client does not read. */
  readonly writeQueueSize?: number;
}

/** Watches all connections for clients that send or read slowly, and ends those that are too slow. */
export function watchSlowClients(connections: Connections): void {
  setInterval(() => {
    const now = performance.now();
    for (const connection of connections.all()) {
      const [exchange] = connection.exchanges;
      // The time in which a request waits for its turn is ours.
      if (!exchange || exchange.beganAt === 0) continue;
      if (exchange.res.headersSent) lookAtAnswer(connections, connection, now);
      else if (isSending(exchange)) lookAtBody(connections, connection, exchange, now);
    }
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

function lookAtAnswer(connections: Connections, connection: Connection, now: number): void {
  const { socket } = connection;
  const { bytesWritten = 0, writeQueueSize = 0 } = (socket as unknown as { _handle?: Handle | null })._handle ?? {};
  // Nothing waits for the client: a store may be slow to give more.
  if (writeQueueSize === 0 && socket.writableLength === 0) return;
  if (!moves(connection, "answer", now, bytesWritten - writeQueueSize, ANSWER_LEAST_BYTES, ANSWER_WINDOW_MS)) {
    connections.close(connection);
  } else if (now - connection.seen!.at > SLOW_AFTER_MS) {
    connections.setSlow(connection);
  }
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
  return now - seen.at < windowMs;
}
