import type { Connection, Connections, Exchange } from "./connections.ts";

/** All answers that clients have not read yet may take this much memory together. */
const UNREAD_LIMIT_BYTES = 64 * 2 ** 20;
/** Clients get this long to read, however many others don't. */
const PATIENCE_MS = 1000;

/** Counts the bytes of answers that wait in memory for their clients. */
export function createUnreadAnswers(connections: Connections) {
  /** Those that wait, the longest first. */
  const waiting = new Map<Exchange, { connection: Connection; since: number }>();
  let bytes = 0;

  function read(exchange: Exchange): boolean {
    if (!waiting.delete(exchange)) return false;
    bytes -= exchange.unreadBytes;
    return true;
  }

  return {
    /** The answer is complete; a part of it may still wait for the client. */
    answered(connection: Connection, exchange: Exchange): void {
      exchange.unreadBytes = connection.socket.writableLength;
      if (exchange.unreadBytes === 0) return;
      bytes += exchange.unreadBytes;
      waiting.set(exchange, { connection, since: performance.now() });
    },

    /** The client has read the answer, or is gone. @returns whether it had waited for the client */
    read,

    /** Closes the connections that have waited longest, until there is room for another answer. @returns whether there is */
    makeRoom(): boolean {
      for (const [exchange, { connection, since }] of waiting) {
        if (bytes < UNREAD_LIMIT_BYTES || performance.now() - since < PATIENCE_MS) break;
        read(exchange);
        connections.reset(connection);
      }
      return bytes < UNREAD_LIMIT_BYTES;
    },
  };
}
