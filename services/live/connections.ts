import { LRUCache } from "lru-cache";
import type { DefaultEventsMap, Server, Socket } from "socket.io";
import { messageOf, RefusedError } from "../../lib/errors.ts";
import { call, type Caller, type FollowRecord, type Session } from "../../contract/actions.ts";
import type { Node } from "../../seams/node.ts";
import { isFollowRoom, rooms, roomsOf } from "./rooms.ts";

/** How many connections one user may have to this node: more than anybody has screens, and a bound to what they cost. */
const MOST_CONNECTIONS = 100;

/** How many users' last changes are remembered: more than follow somebody while a connection of theirs is made. */
const MOST_CHANGES = 10_000;

/** Whom a user follows, as of a change of it: undefined for none that is remembered. */
interface Prepared {
  follows: readonly FollowRecord[];
  change: number | undefined;
}

/** What this gateway keeps with each connection. */
export interface SocketData {
  /** Null for a visitor who is not logged in. */
  session: Session | null;
  /** What was read before the connection was accepted; null for a visitor. */
  prepared: Prepared | null;
  /** Names of the profiles watched, by the author's id. */
  watched: Set<string>;
}

export type LiveSocket = Socket<DefaultEventsMap, DefaultEventsMap, DefaultEventsMap, SocketData>;
export type LiveServer = Server<DefaultEventsMap, DefaultEventsMap, DefaultEventsMap, SocketData>;

/**
 * The connections of this node: in which rooms they are, and who of the users is here. A change that arrives while a
 * connection is being made is applied when it is there.
 */
export function createConnections(node: Node, server: () => LiveServer) {
  const caller = node.broker as unknown as Caller;
  const byUser = new Map<string, Set<LiveSocket>>();
  /** The last change of whom a user follows, of all that this node was told: of two answers that cross, the later's counts. */
  const changes = new LRUCache<string, number>({ max: MOST_CHANGES });
  let changesSoFar = 0;
  const endedSessions = new Set<string>();

  function arrive(socket: LiveSocket, userId: string): void {
    const sockets = byUser.get(userId) ?? new Set();
    byUser.set(userId, sockets);
    sockets.add(socket);
    if (sockets.size === 1) report(node.presence.arrive(userId));
  }

  function leave(socket: LiveSocket, userId: string): void {
    const sockets = byUser.get(userId);
    if (!sockets?.delete(socket) || sockets.size > 0) return;
    byUser.delete(userId);
    report(node.presence.leave(userId));
  }

  function logFailure(error: unknown): void {
    node.broker.logger.debug("A live connection could not be checked, trying again later:", messageOf(error));
  }

  function report(done: Promise<void>): void {
    done.catch((error: unknown) => node.broker.logger.debug("Presence could not be written:", messageOf(error)));
  }

  /**
   * Puts a user's connections into exactly the rooms in which they belong. Where one was missing, its author may have
   * tweeted since the follow.
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
    return { follows: await call(caller, "graph.following", { userId }), change };
  }

  /** Reads whom a user who is here follows, and places their connections. What changes meanwhile is read again anyway. */
  async function check(userId: string): Promise<void> {
    if (!byUser.has(userId)) return;
    const { follows, change } = await readFollows(userId);
    if (changes.get(userId) === change) place(userId, follows);
  }

  return {
    /**
     * Reads whom the user follows, before the connection is accepted.
     *
     * @throws RefusedError when the user has too many connections here
     */
    async prepare({ userId }: Session): Promise<Prepared> {
      if ((byUser.get(userId)?.size ?? 0) >= MOST_CONNECTIONS) {
        throw new RefusedError(`A user can have ${MOST_CONNECTIONS} connections`, 429, "TOO_MANY_CONNECTIONS");
      }
      return readFollows(userId);
    },

    /** Takes up an accepted connection: in the same turn, so that no event falls between. */
    accept(socket: LiveSocket): void {
      const { session, prepared } = socket.data;
      if (!session || !prepared) return;
      const { sessionId, userId } = session;
      if (endedSessions.has(sessionId)) {
        socket.disconnect(true);
        return;
      }
      void socket.join(roomsOf(userId, sessionId, prepared.follows));
      arrive(socket, userId);
      socket.on("disconnect", () => leave(socket, userId));
      // Changed while it was being made.
      if (changes.get(userId) !== prepared.change) check(userId).catch(logFailure);
    },

    /** The user follows others now than before. */
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
      // Remembered for connections in the making; those are made within seconds.
      setTimeout(() => sessionIds.forEach((id) => endedSessions.delete(id)), 60_000).unref();
    },

    /** Looks after everything that messages were to tell, for when some may have been missed. */
    async checkAll(): Promise<void> {
      const sockets = [...byUser.values()].flatMap((set) => [...set]);
      const ids = [...new Set(sockets.flatMap(({ data }) => (data.session ? [data.session.sessionId] : [])))];
      for (let at = 0; at < ids.length; at += 500) {
        const asked = ids.slice(at, at + 500);
        const live = new Set(await call(caller, "users.liveSessions", { sessionIds: asked }));
        this.endSessions(asked.filter((id) => !live.has(id)));
      }
      for (const userId of [...byUser.keys()]) await check(userId);
    },
  };
}

export type Connections = ReturnType<typeof createConnections>;
