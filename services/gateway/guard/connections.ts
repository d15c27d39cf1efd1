import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { addressOf } from "../address.ts";
import type { Refusal } from "./refusals.ts";

/** A request and its response. */
export interface Exchange {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  /** Hands the request to the server's listeners. */
  readonly pass: () => void;
  /** The answer to a request that is refused in any case. */
  readonly refusal: Refusal | null;
  /** When the work on the request began, by `performance.now()`; 0 while it waits. */
  beganAt: number;
  /** Bytes of the answer that waited in memory for the client when the answer was complete. */
  unreadBytes: number;
}

/** A connection of a client. */
export interface Connection {
  readonly socket: Socket;
  /** The address at the other end: the client's, or the nearest proxy's. */
  readonly address: string;
  /** Requests that have arrived and are not answered yet. The first one is being worked on. */
  readonly exchanges: Exchange[];
  /** By `performance.now()`. */
  readonly openedAt: number;
  /** Requests that were answered. */
  answered: number;
  /** Requests beyond the limit, which get no answer. */
  ignored: number;
  /** Since when a client has sent or read too few bytes, and how many bytes they were then; see slow-clients.ts. */
  seen: { part: "request" | "answer"; at: number; bytes: number } | null;
}

/** A client has this long to send its request before its connection is the first to be closed. */
const SILENCE_LIMIT_MS = 1000;

/**
 * Connections that may be closed to make room, the oldest of each kind first. Those of attackers should come before those
 * of browsers, which connect in advance and keep connections for later requests.
 */
class Expendable {
  /** No request yet. */
  readonly #silent = new Set<Connection>();
  /** Idle after one request, and after several. */
  readonly #usedOnce = new Set<Connection>();
  readonly #used = new Set<Connection>();
  /** A part of the request was missing when its headers came. */
  readonly #sending = new Set<Connection>();

  addIdle(connection: Connection): void {
    const { answered } = connection;
    (answered === 0 ? this.#silent : answered === 1 ? this.#usedOnce : this.#used).add(connection);
  }

  addSending(connection: Connection): void {
    this.#sending.add(connection);
  }

  remove(connection: Connection): void {
    for (const kind of [this.#silent, this.#usedOnce, this.#used, this.#sending]) if (kind.delete(connection)) return;
  }

  first(): Connection | undefined {
    const silent = firstOf(this.#silent);
    if (silent && performance.now() - silent.openedAt > SILENCE_LIMIT_MS) return silent;
    return firstOf(this.#usedOnce) ?? this.#firstSending() ?? silent ?? firstOf(this.#used);
  }

  #firstSending(): Connection | undefined {
    for (const connection of this.#sending) {
      if (connection.exchanges[0]?.req.complete === false) return connection;
      this.#sending.delete(connection);
    }
    return undefined;
  }
}

function firstOf(kind: ReadonlySet<Connection>): Connection | undefined {
  return kind.values().next().value;
}

interface Neighbours {
  count: number;
  readonly expendable: Expendable;
}

/**
 * Keeps the number of connections below a limit, in total and for each address. A new connection takes the place of an
 * idle one, as in nginx, because otherwise idle connections could keep everybody else out.
 *
 * @param limit the most connections
 * @param perAddressLimit the most connections of one address
 */
export function createConnections(limit: number, perAddressLimit: number) {
  const all = new Map<Socket, Connection>();
  const expendable = new Expendable();
  /** Clients that send their request, or read their answer, slowly. The slowest comes first. */
  const slow = new Set<Connection>();
  const addresses = new Map<string, Neighbours>();

  function setIdle(connection: Connection): void {
    expendable.addIdle(connection);
    addresses.get(connection.address)?.expendable.addIdle(connection);
  }

  function setBusy(connection: Connection): void {
    expendable.remove(connection);
    addresses.get(connection.address)?.expendable.remove(connection);
  }

  function remove(connection: Connection): void {
    if (!all.delete(connection.socket)) return;
    setBusy(connection);
    slow.delete(connection);
    const neighbours = addresses.get(connection.address);
    if (neighbours && --neighbours.count === 0) addresses.delete(connection.address);
  }

  function close(connection: Connection): void {
    remove(connection);
    connection.socket.destroy();
  }

  /** Closes a connection in favour of a new one. @returns false if all connections are needed */
  function makeRoom(among: Expendable): boolean {
    const chosen = among.first() ?? (among === expendable ? slow.values().next().value : undefined);
    if (chosen) close(chosen);
    return chosen !== undefined;
  }

  return {
    /** Takes a new connection, or closes it if there is no room. */
    open(socket: Socket): void {
      const address = addressOf({ headers: {}, socket }, 0);
      const neighbours = addresses.get(address) ?? { count: 0, expendable: new Expendable() };
      const isCrowded = neighbours.count >= perAddressLimit && !makeRoom(neighbours.expendable);
      if (isCrowded || (all.size >= limit && !makeRoom(expendable))) {
        socket.destroy();
        return;
      }
      const connection: Connection = {
        socket,
        address,
        exchanges: [],
        openedAt: performance.now(),
        answered: 0,
        ignored: 0,
        seen: null,
      };
      all.set(socket, connection);
      // Making room may have removed the last neighbour, and with it the entry.
      addresses.set(address, neighbours);
      neighbours.count++;
      setIdle(connection);
      socket.once("close", () => remove(connection));
    },

    of: (socket: Socket): Connection | undefined => all.get(socket),
    all: (): Iterable<Connection> => all.values(),
    close,
    /**
     * Closes a connection whose client does not read. A plain close would leave what the system holds, up to 4 MB, to the
     * client, for as long as it likes.
     */
    reset(connection: Connection): void {
      connection.socket.resetAndDestroy();
      close(connection);
    },
    setBusy,
    /** A part of the connection's request has not arrived yet. */
    setSending(connection: Connection): void {
      expendable.addSending(connection);
      addresses.get(connection.address)?.expendable.addSending(connection);
    },

    setSlow: (connection: Connection): unknown => slow.add(connection),

    /** The connection has no request any more. */
    setIdle(connection: Connection): void {
      if (!all.has(connection.socket)) return;
      connection.answered++;
      setBusy(connection);
      slow.delete(connection);
      connection.seen = null;
      setIdle(connection);
    },
  };
}

export type Connections = ReturnType<typeof createConnections>;
