import { createHash } from "node:crypto";
import type { ServiceBroker } from "moleculer";
import type { Result } from "../../contract/call.ts";
import { broadcast } from "../../contract/events.ts";
import type { Session } from "../../contract/records.ts";
import { NotFoundError } from "../../lib/errors.ts";
import { soon } from "../../lib/now-or-soon.ts";
import type { Collection, CollectionSpec } from "../../seams/collections/collection.ts";
import { findOrAskPrimary } from "../../seams/collections/primary.ts";
import type { Leases } from "../../seams/leases/leases.ts";

export interface SessionDoc {
  /** The hash of the token, which the gateway makes. */
  _id: string;
  userId: string;
  /** Milliseconds since 1970. */
  createdAt: number;
  lastSeenAt: number;
  userAgent: string | null;
  /** The network of the login, as in `LoginPlace`. Earlier versions did not store it. */
  address?: string;
}

export const SESSIONS: CollectionSpec = {
  name: "sessions",
  indexes: [{ fields: { userId: 1 } }, { fields: { lastSeenAt: 1 } }],
};

/** A session expires after 90 days without use. */
export const SESSION_IDLE_LIMIT_MS = 90 * 86_400_000;
/** "Last seen" is written at most this often: a rough time is good enough, and a write costs more than the request. */
const SEEN_STEP_MS = 10 * 60_000;

/**
 * The sessions of all users. Gateways keep copies for the time of a lease, which the end of a session revokes: once it is
 * acknowledged, the session is dead everywhere, even if events are lost.
 */
export function createSessions(
  collection: Collection<SessionDoc>,
  broker: ServiceBroker,
  leases: Pick<Leases, "revoke">,
) {
  /**
   * Ends sessions and informs all nodes. A write that failed may be stored all the same, and the caller's retry would
   * then find no session. So this node repeats the work until it succeeds.
   */
  async function end(sessionIds: string[]): Promise<void> {
    if (sessionIds.length === 0) return;
    const work = async () => {
      try {
        await collection.removeMany({ _id: { $in: sessionIds } });
        broadcast(broker, "sessions.ended", { sessionIds });
      } finally {
        // Also after a failure: the sessions may have ended all the same.
        await leases.revoke("sessions", sessionIds);
      }
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

    /** Opens a session. @param sessionId the hash of its token, which only the gateway and the client know */
    async open(sessionId: string, userId: string, address: string, userAgent?: string): Promise<void> {
      const now = Date.now();
      const agent = userAgent?.slice(0, 300) ?? null;
      await collection.insert({ _id: sessionId, userId, createdAt: now, lastSeenAt: now, userAgent: agent, address });
    },

    /** @returns null when there is no such session or it has expired. @throws UnavailableError */
    async find(sessionId: string): Promise<Session | null> {
      const session = await findOrAskPrimary(collection, (options) => collection.findById(sessionId, options));
      const now = Date.now();
      if (!session || now - session.lastSeenAt > SESSION_IDLE_LIMIT_MS) return null;
      if (now - session.lastSeenAt > SEEN_STEP_MS) touch(session, now);
      return { userId: session.userId, sessionId: session._id };
    },

    /** The subset of these sessions that has not ended; from the primary. */
    live: async (sessionIds: string[]): Promise<string[]> =>
      (await collection.findByIds(sessionIds, { fresh: true })).map((session) => session._id),

    /** Ends all sessions of a user except one. */
    async endAll(userId: string, except?: string): Promise<void> {
      const all = await collection.find({ query: { userId }, fresh: true });
      await end(all.map((session) => session._id).filter((id) => id !== except));
    },

    /** All sessions of a user, latest used first. @param current the id of the caller's own session */
    async list(userId: string, current: string): Promise<Result<"users.sessions">> {
      const all = await collection.find({ query: { userId } });
      return all
        .sort((a, b) => b.lastSeenAt - a.lastSeenAt)
        .map((session) => ({
          id: nameOf(session._id),
          createdAt: new Date(session.createdAt).toISOString(),
          lastSeenAt: new Date(session.lastSeenAt).toISOString(),
          userAgent: session.userAgent,
          address: session.address ?? null,
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

export type Sessions = ReturnType<typeof createSessions>;

/** The public name of a session: a hash of its id, because the id itself must not leave the services. */
function nameOf(sessionId: string): string {
  return createHash("sha256").update(sessionId).digest("hex").slice(0, 16);
}
