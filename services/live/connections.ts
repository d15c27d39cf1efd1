import { LRUCache } from "lru-cache";
import type { DefaultEventsMap, Server, Socket } from "socket.io";
import { messageOf, RefusedError } from "../../lib/errors.ts";
import { type FollowRecord, type Session } from "../../contract/records.ts";
import { call } from "../../contract/call.ts";
import { CONNECTIONS_LIMIT, type ServerEvents } from "../../contract/live.ts";
import type { Node } from "../../seams/node.ts";
import { createAudiences, idsOf, type Listener, newListener } from "./audiences.ts";
import { engineOf, forgetHandshake } from "./engine/connection.ts";

/** The last change of this many users is remembered: more users than change follows while one connection is made. */
const CHANGES_LIMIT = 10_000;

/** A user's follows, as one read found them. */
interface Prepared {
  follows: readonly FollowRecord[];
  /** The number of the read. Numbers grow with the time at which reads begin. */
  read: number;
  /** The user's change number when the read began (undefined: no recent change). */
  change: number | undefined;
}

/** A user with connections to this node. */
interface Member extends Listener {
  readonly userId: string;
  readonly sockets: LiveSocket[];
  /** The number of the read whose follows count. */
  read: number;
}

/** Making a connection takes seconds. Ended sessions are remembered for longer, so that none gets a connection. */
const ENDED_SESSION_KEPT_MS = 60_000;

/** The data that this gateway keeps with each connection. */
interface SocketData {
  /** Null for a visitor without a login. */
  session: Session | null;
  /** The follows that were read before the connection was accepted; null afterwards, and for a visitor. */
  prepared: Prepared | null;
  /** The ids of the users whose profiles the connection watches; null for none so far. */
  watched: Set<string> | null;
  /** The client's address, as limits count it. */
  address: string;
}

export type LiveSocket = Socket<DefaultEventsMap, ServerEvents, DefaultEventsMap, SocketData>;
export type LiveServer = Server<DefaultEventsMap, ServerEvents, DefaultEventsMap, SocketData>;

/**
 * The connections of this node, whom their users follow, and the presence of these users. A change that arrives while a
 * connection is being made is applied as soon as the connection is accepted.
 */
export function createConnections({ broker, presence }: Pick<Node, "broker" | "presence">) {
  const members = new Map<string, Member>();
  const bySession = new Map<string, LiveSocket[]>();
  const audiences = createAudiences<Member>();
  /** Change counter per user; when two reads overlap, the one started after the latest change wins. */
  const changes = new LRUCache<string, number>({ max: CHANGES_LIMIT });
  let [changesSoFar, readsSoFar] = [0, 0];
  const endedSessions = new Set<string>();

  function arrive(userId: string): Member {
    const member: Member = { ...newListener(), userId, sockets: [], read: 0 };
    members.set(userId, member);
    report(presence.arrive(userId));
    return member;
  }

  function leave(socket: LiveSocket, { userId, sessionId }: Session): void {
    const ofSession = bySession.get(sessionId) ?? [];
    if (without(ofSession, socket) === 0) bySession.delete(sessionId);
    const member = members.get(userId);
    if (!member || without(member.sockets, socket) > 0) return;
    members.delete(userId);
    audiences.place(member, []);
    report(presence.leave(userId));
  }

  /** Shared by all connections, which a function for each would make larger. */
  function disconnected(this: LiveSocket): void {
    // There is only one namespace: a client that leaves it has no use for the connection.
    engineOf(this).close();
    if (this.data.session) leave(this, this.data.session);
  }

  const ofUsers = (userIds: readonly string[]) => userIds.flatMap((id) => members.get(id) ?? []);

  function logFailure(error: unknown): void {
    broker.logger.debug("A live connection could not be checked, trying again later:", messageOf(error));
  }

  function report(done: Promise<void>): void {
    done.catch((error: unknown) => broker.logger.debug("Presence could not be written:", messageOf(error)));
  }

  /**
   * Makes a user hear exactly those who were found, unless a later read counts already. After a change the user's clients
   * are told to sync: a new author may have tweeted since the follow, and the tweets of another no longer notify.
   */
  function place(member: Member, { follows, read }: Prepared): void {
    if (read < member.read) return;
    member.read = read;
    if (audiences.place(member, follows)) for (const socket of member.sockets) socket.emit("resync");
  }

  async function readFollows(userId: string): Promise<Prepared> {
    const [read, change] = [++readsSoFar, changes.get(userId)];
    return { follows: await call(broker, "graph.following", { userId }), read, change };
  }

  /**
   * Reads the follows of a user who is here, and applies them. If the follows change meanwhile, this read is dropped,
   * because the change triggers its own.
   */
  async function check(userId: string): Promise<void> {
    if (!members.has(userId)) return;
    const found = await readFollows(userId);
    const member = members.get(userId);
    if (member && changes.get(userId) === found.change) place(member, found);
  }

  return {
    /**
     * Reads the user's follows, before the connection is accepted.
     *
     * @throws RefusedError when the user has too many connections here
     */
    async prepare({ userId }: Session): Promise<Prepared> {
      if ((members.get(userId)?.sockets.length ?? 0) >= CONNECTIONS_LIMIT) {
        throw new RefusedError(`A user can have at most ${CONNECTIONS_LIMIT} connections`, 429, "TOO_MANY_CONNECTIONS");
      }
      return readFollows(userId);
    },

    /** Adds an accepted connection. Synchronous, so that no event falls between the check and the audiences. */
    accept(socket: LiveSocket): void {
      const { session, prepared } = socket.data;
      socket.data.prepared = null;
      forgetHandshake(socket);
      socket.on("disconnect", disconnected);
      if (!session || !prepared) return;
      const { sessionId, userId } = session;
      // Many connections that were made at the same time all passed the first look at their number.
      if (endedSessions.has(sessionId) || (members.get(userId)?.sockets.length ?? 0) >= CONNECTIONS_LIMIT) {
        socket.disconnect(true);
        return;
      }
      const member = members.get(userId) ?? arrive(userId);
      place(member, prepared);
      member.sockets.push(socket);
      bySession.set(sessionId, [...(bySession.get(sessionId) ?? []), socket]);
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
        for (const socket of [...(bySession.get(id) ?? [])]) socket.disconnect(true);
      }
      setTimeout(() => sessionIds.forEach((id) => endedSessions.delete(id)), ENDED_SESSION_KEPT_MS).unref();
    },

    /** The users who have connections here. */
    userIds: (): string[] => [...members.keys()],

    /** The sessions of their connections. */
    sessionIds: (): string[] => [...bySession.keys()],

    /** The ids of the connections of an author's followers, and of the author. */
    hearing: (authorId: string): Set<string> => idsOf([...audiences.of(authorId), ...ofUsers([authorId])]),

    /** The ids of the connections that an author's tweets notify, and the users. */
    notifiedBy: (authorId: string): Set<string> => idsOf(audiences.notifiedBy(authorId)),
    usersNotifiedBy: (authorId: string): string[] => [...audiences.notifiedBy(authorId)].map(({ userId }) => userId),

    /** The ids of users' connections. */
    ofUsers: (userIds: readonly string[]): Set<string> => idsOf(ofUsers(userIds)),

    check,
  };
}

export type Connections = ReturnType<typeof createConnections>;

/** Removes an item from a list. @returns the number of items that are left */
function without<T>(list: T[], item: T): number {
  const at = list.indexOf(item);
  if (at !== -1) list.splice(at, 1);
  return list.length;
}
