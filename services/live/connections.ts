import { LRUCache } from "lru-cache";
import type { DefaultEventsMap, Server, Socket } from "socket.io";
import { messageOf, RefusedError } from "../../lib/errors.ts";
import { type FollowRecord, type Session } from "../../contract/records.ts";
import { call } from "../../contract/call.ts";
import type { Node } from "../../seams/node.ts";
import { engineOf, forgetHandshake } from "./engine/connection.ts";
import { isFollowRoom, rooms, roomsOf } from "./rooms.ts";

/** The most connections of one user to this node: more than anybody has devices, yet few enough to bound the cost. */
const CONNECTIONS_LIMIT = 100;

/** The last change of this many users is remembered: more users than change follows while one connection is made. */
const CHANGES_LIMIT = 10_000;

/** A user's follows, and the change number they were read at (undefined: no recent change). */
interface Prepared {
  follows: readonly FollowRecord[];
  change: number | undefined;
}

/** Making a connection takes seconds. Ended sessions are remembered for longer, so that none gets a connection. */
const ENDED_SESSION_KEPT_MS = 60_000;

/** The data that this gateway keeps with each connection. */
interface SocketData {
  /** Null for a visitor without a login. */
  session: Session | null;
  /** The follows that were read before the connection was accepted; null for a visitor. */
  prepared: Prepared | null;
  /** The ids of the users whose profiles the connection watches. */
  watched: Set<string>;
  /** The client's address, as limits count it. */
  address: string;
}

export type LiveSocket = Socket<DefaultEventsMap, DefaultEventsMap, DefaultEventsMap, SocketData>;
export type LiveServer = Server<DefaultEventsMap, DefaultEventsMap, DefaultEventsMap, SocketData>;

/**
 * The connections of this node: their rooms, and the presence of their users. A change that arrives while a connection
 * is being made is applied as soon as the connection is accepted.
 */
export function createConnections({ broker, presence }: Pick<Node, "broker" | "presence">, server: () => LiveServer) {
  const byUser = new Map<string, Set<LiveSocket>>();
  /** Change counter per user; when two reads overlap, the one started after the latest change wins. */
  const changes = new LRUCache<string, number>({ max: CHANGES_LIMIT });
  let changesSoFar = 0;
  const endedSessions = new Set<string>();

  function arrive(socket: LiveSocket, userId: string): void {
    const sockets = byUser.get(userId) ?? new Set();
    byUser.set(userId, sockets);
    sockets.add(socket);
    if (sockets.size === 1) report(presence.arrive(userId));
  }

  function leave(socket: LiveSocket, userId: string): void {
    const sockets = byUser.get(userId);
    if (!sockets?.delete(socket) || sockets.size > 0) return;
    byUser.delete(userId);
    report(presence.leave(userId));
  }

  function logFailure(error: unknown): void {
    broker.logger.debug("A live connection could not be checked, trying again later:", messageOf(error));
  }

  function report(done: Promise<void>): void {
    done.catch((error: unknown) => broker.logger.debug("Presence could not be written:", messageOf(error)));
  }

  /**
   * Puts a user's connections into exactly the rooms in which they belong. If a connection was missing from a room, the
   * author may have tweeted since the follow, so the client is told to sync.
   */
  function place(userId: string, follows: readonly FollowRecord[]): void {
    for (const socket of byUser.get(userId) ?? []) {
      const { session } = socket.data;
      if (!session) continue;
      const wanted = new Set(roomsOf(userId, session.sessionId, follows));
      const missing = [...wanted].filter((room) => !socket.rooms.has(room));
      for (const room of socket.rooms) if (isFollowRoom(room) && !wanted.has(room)) void socket.leave(room);
      void socket.join(missing);
      if (missing.some(isFollowRoom)) socket.emit("resync");
    }
  }

  async function readFollows(userId: string): Promise<Prepared> {
    const change = changes.get(userId);
    return { follows: await call(broker, "graph.following", { userId }), change };
  }

  /**
   * Reads the follows of a user who is here, and places the connections. If the follows change meanwhile, this read is
   * dropped, because the change triggers its own.
   */
  async function check(userId: string): Promise<void> {
    if (!byUser.has(userId)) return;
    const { follows, change } = await readFollows(userId);
    if (changes.get(userId) === change) place(userId, follows);
  }

  return {
    /**
     * Reads the user's follows, before the connection is accepted.
     *
     * @throws RefusedError when the user has too many connections here
     */
    async prepare({ userId }: Session): Promise<Prepared> {
      if ((byUser.get(userId)?.size ?? 0) >= CONNECTIONS_LIMIT) {
        throw new RefusedError(`A user can have at most ${CONNECTIONS_LIMIT} connections`, 429, "TOO_MANY_CONNECTIONS");
      }
      return readFollows(userId);
    },

    /** Adds an accepted connection. Synchronous, so that no event falls between the check and the rooms. */
    accept(socket: LiveSocket): void {
      const { session, prepared } = socket.data;
      forgetHandshake(socket);
      // There is only one namespace: a client that leaves it has no use for the connection.
      socket.on("disconnect", () => engineOf(socket).close());
      if (!session || !prepared) return;
      const { sessionId, userId } = session;
      // Many connections that were made at the same time all passed the first look at their number.
      if (endedSessions.has(sessionId) || (byUser.get(userId)?.size ?? 0) >= CONNECTIONS_LIMIT) {
        socket.disconnect(true);
        return;
      }
      void socket.join(roomsOf(userId, sessionId, prepared.follows));
      arrive(socket, userId);
      socket.on("disconnect", () => leave(socket, userId));
      // The follows changed while the connection was being made.
      if (changes.get(userId) !== prepared.change) check(userId).catch(logFailure);
    },

    /** Must be called after the user followed or unfollowed somebody. */
    async followsChanged(userId: string): Promise<void> {
      changes.set(userId, ++changesSoFar);
      await check(userId);
    },

    /** Ends the connections of sessions that have ended. */
    endSessions(sessionIds: readonly string[]): void {
      for (const id of sessionIds) {
        endedSessions.add(id);
        server().in(rooms.session(id)).disconnectSockets(true);
      }
      setTimeout(() => sessionIds.forEach((id) => endedSessions.delete(id)), ENDED_SESSION_KEPT_MS).unref();
    },

    /** The users who have connections here. */
    userIds: (): string[] => [...byUser.keys()],

    /** The sessions of their connections. */
    sessionIds(): string[] {
      const sockets = [...byUser.values()].flatMap((set) => [...set]);
      return [...new Set(sockets.flatMap(({ data }) => (data.session ? [data.session.sessionId] : [])))];
    },

    check,
  };
}

export type Connections = ReturnType<typeof createConnections>;
