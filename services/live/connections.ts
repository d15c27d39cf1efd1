import type { DefaultEventsMap, Server, Socket } from "socket.io";
import { messageOf, RefusedError } from "../../lib/errors.ts";
import { call, type Caller, type FollowRecord, type Session } from "../../types/actions.ts";
import type { Node } from "../node.ts";
import { isFollowRoom, rooms, roomsOf } from "./rooms.ts";

/** How many connections one user may have to this node: more than anybody has screens, and a bound to what they cost. */
const MOST_CONNECTIONS = 100;

/** What this gateway keeps with each connection. */
export interface SocketData {
  /** Null for a visitor who is not logged in. */
  session: Session | null;
  follows: readonly FollowRecord[];
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
  /** Users with a connection in the making, and what changed for them meanwhile. */
  const joining = new Map<string, Set<{ stale: boolean }>>();
  const endedSessions = new Set<string>();
  /** How often it was asked whom a user who is here follows: of two answers that cross, the later question's counts. */
  const asked = new Map<string, number>();

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
    asked.delete(userId);
    report(node.presence.leave(userId));
  }

  function report(done: Promise<void>): void {
    done.catch((error: unknown) => node.broker.logger.debug("Presence could not be written:", messageOf(error)));
  }

  /** Puts a user's connections into exactly the rooms in which they belong. */
  function place(userId: string, follows: readonly FollowRecord[]): void {
    for (const socket of byUser.get(userId) ?? []) {
      const { session } = socket.data;
      if (!session) continue;
      const wanted = new Set(roomsOf(userId, session.sessionId, follows));
      for (const room of socket.rooms) if (isFollowRoom(room) && !wanted.has(room)) void socket.leave(room);
      void socket.join([...wanted]);
    }
  }

  return {
    /**
     * Reads whom the user follows, before the connection is accepted. Again, when that changed meanwhile.
     *
     * @throws RefusedError when the user has too many connections here
     */
    async prepare(session: Session): Promise<readonly FollowRecord[]> {
      const { userId } = session;
      if ((byUser.get(userId)?.size ?? 0) >= MOST_CONNECTIONS) {
        throw new RefusedError(`A user can have ${MOST_CONNECTIONS} connections`, 429, "TOO_MANY_CONNECTIONS");
      }
      for (;;) {
        const attempt = { stale: false };
        const attempts = joining.get(userId) ?? new Set();
        joining.set(userId, attempts.add(attempt));
        try {
          const follows = await call(caller, "graph.following", { userId });
          if (!attempt.stale) return follows;
        } finally {
          attempts.delete(attempt);
          if (attempts.size === 0) joining.delete(userId);
        }
      }
    },

    /** Takes up an accepted connection: in the same turn, so that no event falls between. */
    accept(socket: LiveSocket): void {
      const { session, follows } = socket.data;
      if (!session) return;
      if (endedSessions.has(session.sessionId)) {
        socket.disconnect(true);
        return;
      }
      void socket.join(roomsOf(session.userId, session.sessionId, follows));
      arrive(socket, session.userId);
      socket.on("disconnect", () => leave(socket, session.userId));
    },

    /** The user follows others now than before. */
    async followsChanged(userId: string): Promise<void> {
      for (const attempt of joining.get(userId) ?? []) attempt.stale = true;
      if (!byUser.has(userId)) return;
      const turn = (asked.get(userId) ?? 0) + 1;
      asked.set(userId, turn);
      const follows = await call(caller, "graph.following", { userId });
      if (asked.get(userId) === turn) place(userId, follows);
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
      for (const userId of [...byUser.keys()]) await this.followsChanged(userId);
    },
  };
}

export type Connections = ReturnType<typeof createConnections>;
