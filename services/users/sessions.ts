import { createHash, randomBytes } from "node:crypto";
import type { ServiceBroker } from "moleculer";
import { broadcast } from "../../contract/events.ts";
import type { Session } from "../../contract/records.ts";
import type { SessionInfo } from "../../contract/shapes.ts";
import { NotFoundError } from "../../lib/errors.ts";
import { soon } from "../../lib/now-or-soon.ts";
import type { Collection, CollectionSpec } from "../../seams/collections/collection.ts";
import { findOrAskPrimary } from "../../seams/collections/primary.ts";

export interface SessionDoc {
  /** The hash of the token. */
  _id: string;
  userId: string;
  /** Milliseconds since 1970. */
  createdAt: number;
  lastSeenAt: number;
  userAgent: string | null;
}

export const SESSIONS: CollectionSpec = { name: "sessions", indexes: [{ fields: { userId: 1 } }] };

/** A session expires after 90 days without use. */
const IDLE_LIMIT_MS = 90 * 86_400_000;
/** "Last seen" is written at most this often: a rough time is good enough, and a write costs more than the request. */
const SEEN_STEP_MS = 10 * 60_000;

/**
 * The sessions of all users. Each request reads its session from the store, so an ended session is dead everywhere at
 * once, even if events are lost.
 */
export function createSessions(collection: Collection<SessionDoc>, broker: ServiceBroker) {
  /**
   * Ends sessions and informs all nodes. A write that failed may be stored all the same, and the caller's retry would
   * then find no session. So this node repeats the work until it succeeds.
   */
  async function end(sessionIds: string[]): Promise<void> {
    if (sessionIds.length === 0) return;
    const work = async () => {
      await collection.removeMany({ _id: { $in: sessionIds } });
      broadcast(broker, "sessions.ended", { sessionIds });
    };
    try {
      await work();
    } catch (error) {
      soon(broker.logger, `ending the sessions ${sessionIds.map(nameOf).join(", ")}`, work, error);
      throw error;
    }
  }

  function touch(session: SessionDoc, now: number): void {
    collection.updateById(session._id, { $set: { lastSeenAt: now } }).catch((error: unknown) => {
      broker.logger.debug("A session's last-seen time was not written", error);
    });
  }

  return {
    end,

    /** Opens a session. @returns its token, which is not stored and can't be read again */
    async open(userId: string, userAgent?: string): Promise<string> {
      const token = newToken();
      const now = Date.now();
      const agent = userAgent?.slice(0, 300) ?? null;
      await collection.insert({ _id: hashToken(token), userId, createdAt: now, lastSeenAt: now, userAgent: agent });
      return token;
    },

    /** @returns null when the token is unknown or its session has expired. @throws UnavailableError */
    async find(token: string): Promise<Session | null> {
      const session = await findOrAskPrimary(collection, (options) => collection.findById(hashToken(token), options));
      const now = Date.now();
      if (!session || now - session.lastSeenAt > IDLE_LIMIT_MS) return null;
      if (now - session.lastSeenAt > SEEN_STEP_MS) touch(session, now);
      return { userId: session.userId, sessionId: session._id };
    },

    /** The subset of these sessions that has not ended; from the primary. */
    live: async (sessionIds: string[]): Promise<string[]> =>
      (await collection.findByIds(sessionIds, { fresh: true })).map((session) => session._id),

    endByToken: (token: string) => end([hashToken(token)]),

    /** Ends all sessions of a user except one. */
    async endAll(userId: string, except?: string): Promise<void> {
      const all = await collection.find({ query: { userId }, fresh: true });
      await end(all.map((session) => session._id).filter((id) => id !== except));
    },

    /** All sessions of a user, latest used first. @param current the id of the caller's own session */
    async list(userId: string, current: string): Promise<SessionInfo[]> {
      const all = await collection.find({ query: { userId } });
      return all
        .sort((a, b) => b.lastSeenAt - a.lastSeenAt)
        .map((session) => ({
          id: nameOf(session._id),
          createdAt: new Date(session.createdAt).toISOString(),
          lastSeenAt: new Date(session.lastSeenAt).toISOString(),
          userAgent: session.userAgent,
          current: session._id === current,
        }));
    },

    /** @throws NotFoundError */
    async endByName(userId: string, name: string): Promise<void> {
      const all = await collection.find({ query: { userId }, fresh: true });
      const session = all.find(({ _id }) => nameOf(_id) === name);
      if (!session) throw new NotFoundError("There is no such session");
      await end([session._id]);
    },
  };
}

/** A new token: 256 random bits. */
function newToken(): string {
  return randomBytes(32).toString("base64url");
}

/** The stored form of a token. The token is random enough for a fast hash. */
function hashToken(token: string): string {
  return createHash("sha256").update(token).digest("base64url");
}

export type Sessions = ReturnType<typeof createSessions>;

/** The public name of a session: a hash of its id, because the id itself must not leave the services. */
function nameOf(sessionId: string): string {
  return createHash("sha256").update(sessionId).digest("hex").slice(0, 16);
}
