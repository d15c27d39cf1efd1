import type { EventEmitter } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import { getHeapStatistics } from "node:v8";
import type { ServiceBroker } from "moleculer";
import { cut, type EngineConnection, takenBytes, waitingBytes } from "./connection.ts";
import { type Behaviour, faultOf, leak, newBehaviour } from "./guard.ts";
import type { Place } from "./places.ts";

/** A connection with more bytes than this that its client has not read is cut. */
const UNREAD_LIMIT_BYTES = 4 * 1024 * 1024;
/** All connections together may have unread bytes of this part of the heap; then those with the most are cut. */
const UNREAD_HEAP_SHARE = 1 / 8;
/** Up to here a client counts as one that keeps up: its next request is handled. */
const KEEPS_UP_BYTES = 64 * 1024;
/** A client that is behind and has not read anything for this long is cut. One that reads slowly is not. */
const STALL_LIMIT_MS = 10_000;
/** One that goes on asking meanwhile is cut after this time. */
const STUCK_AFTER_MS = 2500;
/** The same for a client that has only little left to read, for example a laptop that has just been opened. */
const SMALL_STALL_LIMIT_MS = 60_000;
/** A closing connection waits for its client to read the rest. This is long enough for one that reads. */
const CLOSING_LIMIT_MS = 3000;
/** Looking at 20,000 connections takes a few milliseconds. */
const LOOK_EVERY_MS = 1000;

/** A connection of the engine, accepted or not. */
export interface Peer {
  readonly connection: EngineConnection;
  readonly place: Place;
  /** The last answer to a poll, which may still be on its way. */
  poll: ServerResponse | null;
  /** Whether a poll waits until that answer was read. */
  isPollWaiting: boolean;
  /** Whether a request to join was taken up. */
  isClaimed: boolean;
  readonly behaviour: Behaviour;
  /** What its client had read at `progressAt`, by the counts of its TCP connection. */
  taken: number;
  /** When its client last read something, or had nothing left to read. */
  progressAt: number;
  closingSince: number | null;
  /** Called whenever the client may have caught up, or is gone. */
  recheck: (() => void) | null;
}

export type Peers = ReturnType<typeof createPeers>;

/**
 * Keeps an eye on the engine's connections: none may keep more in memory than its client reads, and none may send what
 * no client of socket.io sends. A client that is cut connects again and syncs.
 */
export function createPeers({ logger }: Pick<ServiceBroker, "logger">) {
  const peers = new Map<string, Peer>();
  /** The places of connections that are about to be opened. */
  const expected = new Map<IncomingMessage, { place: Place; accept: () => void }>();
  const totalLimitBytes = getHeapStatistics().heap_size_limit * UNREAD_HEAP_SHARE;
  /** Unread bytes of all connections: as of the last look, plus what was written since. */
  let total = 0;
  let lookedAt = performance.now();
  let timer: NodeJS.Timeout | undefined;

  function end(peer: Peer, why: string): void {
    logger.debug(`A live connection from ${peer.place.address} was cut: ${why}`);
    // A client that polls may have left its last answer unread.
    peer.poll?.destroy();
    cut(peer.connection);
  }

  function unreadBytes({ connection, poll }: Peer): number {
    return waitingBytes(connection) + (connection.transport.socket?.bufferedAmount ?? poll?.writableLength ?? 0);
  }

  /** @returns the unread bytes; 0 if the connection was cut */
  function look(peer: Peer, now: number): number {
    const { connection } = peer;
    if (connection.readyState === "closing" && now - (peer.closingSince ??= now) > CLOSING_LIMIT_MS) {
      end(peer, "it did not close");
      return 0;
    }
    const bytes = unreadBytes(peer);
    if (bytes < KEEPS_UP_BYTES) peer.recheck?.();
    if (bytes === 0) {
      peer.progressAt = now;
      return 0;
    }
    const taken = takenBytes(connection.transport.socket?._socket ?? peer.poll?.socket);
    if (taken !== peer.taken) Object.assign(peer, { taken, progressAt: now });
    const limitMs = bytes < KEEPS_UP_BYTES ? SMALL_STALL_LIMIT_MS : STALL_LIMIT_MS;
    if (bytes <= UNREAD_LIMIT_BYTES && now - peer.progressAt <= limitMs) return bytes;
    end(peer, `${bytes} bytes were not read`);
    return 0;
  }

  function lookAtAll(): void {
    const now = performance.now();
    const behind: { peer: Peer; bytes: number }[] = [];
    total = 0;
    for (const peer of peers.values()) {
      leak(peer.behaviour, now - lookedAt);
      const bytes = look(peer, now);
      total += bytes;
      if (bytes >= KEEPS_UP_BYTES) behind.push({ peer, bytes });
    }
    lookedAt = now;
    if (total <= totalLimitBytes) return;
    for (const { peer, bytes } of behind.sort((a, b) => b.bytes - a.bytes)) {
      end(peer, "all connections together had too many unread bytes");
      total -= bytes;
      if (total <= totalLimitBytes) return;
    }
  }

  return {
    /**
     * Keeps the place of the connection that a request is about to open, until it is open, or until the engine has
     * refused the request or the client has gone: then `closing` emits `close`.
     */
    expect(request: IncomingMessage, place: Place, closing: EventEmitter): void {
      const release = () => {
        if (expected.delete(request)) place.leave();
      };
      closing.once("close", release);
      const accept = () => {
        expected.delete(request);
        closing.off("close", release);
      };
      expected.set(request, { place, accept });
    },

    /** Takes up a new connection of the engine. */
    add(connection: EngineConnection): void {
      const found = expected.get(connection.request);
      if (!found) return cut(connection);
      const { place } = found;
      found.accept();
      const now = performance.now();
      const peer: Peer = {
        connection,
        place,
        poll: null,
        isPollWaiting: false,
        isClaimed: false,
        behaviour: newBehaviour(),
        taken: 0,
        progressAt: now,
        closingSince: null,
        recheck: null,
      };
      peers.set(connection.id, peer);
      connection.on("packet", (packet) => {
        const fault = faultOf(peer.behaviour, connection, packet);
        if (fault !== null && peers.has(connection.id)) end(peer, fault);
      });
      connection.on("close", () => {
        peers.delete(connection.id);
        place.leave();
        peer.recheck?.();
        const { poll } = peer;
        if (poll?.writableFinished === false) setTimeout(() => poll.destroy(), STALL_LIMIT_MS).unref();
      });
    },

    get: (id: string): Peer | undefined => peers.get(id),

    /** Whether the client is behind, and has not read anything for a while. */
    isStuck: (peer: Peer): boolean =>
      unreadBytes(peer) >= KEEPS_UP_BYTES && performance.now() - peer.progressAt > STUCK_AFTER_MS,

    /** Call after an answer was sent. Resolves when the client has read it but for a little, or is gone. */
    async caughtUp(peer: Peer): Promise<void> {
      const isDone = () => !peers.has(peer.connection.id) || unreadBytes(peer) < KEEPS_UP_BYTES;
      if (isDone()) return;
      total += look(peer, performance.now());
      if (total > totalLimitBytes) lookAtAll();
      await new Promise<void>((resolve) => {
        const { transport } = peer.connection;
        peer.recheck = () => {
          if (!isDone()) return;
          transport.off("ready", peer.recheck!);
          peer.recheck = null;
          resolve();
        };
        // Emitted when the transport has passed on all that it was given. After a change of transport, `look` notices.
        transport.on("ready", peer.recheck);
      });
    },

    end,

    start(): void {
      timer ??= setInterval(lookAtAll, LOOK_EVERY_MS).unref();
    },

    stop(): void {
      clearInterval(timer);
    },
  };
}
