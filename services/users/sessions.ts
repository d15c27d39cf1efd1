import { createHash } from "node:crypto";
import { NotFoundError } from "../../lib/errors.ts";
import { soon } from "../../lib/now-or-soon.ts";
import { findOrAskPrimary } from "../../seams/collections/primary.ts";
import type { Session } from "../../contract/actions.ts";
import { broadcast } from "../../contract/events.ts";
import type { SessionInfo } from "../../contract/shapes.ts";
import type { Node } from "../../seams/node.ts";
import { hashToken, newToken } from "./passwords.ts";

interface SessionDoc {
  /** The hash of the token. */
  _id: string;
  userId: string;
  /** Milliseconds since 1970. */
  createdAt: number;
  lastSeenAt: number;
  userAgent: string | null;
}

/** A token that nobody has used for 90 days is dead. */
const IDLE_LIMIT_MS = 90 * 86_400_000;
/** "Last seen" is written at most this often: it is for people to read, and a write costs more than the request. */
const SEEN_STEP_MS = 10 * 60_000;

/**
 * The sessions of all users. They are read from the store at every request, so that a token that was ended is dead
 * everywhere at once, whatever messages are lost.
 */
export function createSessions(node: Node) {
  const collection = node.collection<SessionDoc>({
    name: "sessions",
    indexes: [{ fields: { userId: 1 } }],
  });

  /**
   * Ends sessions, and tells all nodes. Should that fail, it may have been carried out all the same, and whoever tries
   * again would find nothing to tell of: so it is done later here, too.
   */
  async function end(sessionIds: string[]): Promise<void> {
    if (sessionIds.length === 0) return;
    const work = async () => {
      await collection.removeMany({ _id: { $in: sessionIds } });
      broadcast(node.broker, "sessions.ended", { sessionIds });
    };
    try {
      await work();
    } catch (error) {
      soon(node.broker.logger, `ending the sessions ${sessionIds.map(nameOf).join(", ")}`, work, error);
      throw error;
    }
  }

  function touch(session: SessionDoc, now: number): void {
    collection.updateById(session._id, { $set: { lastSeenAt: now } }).catch((error: unknown) => {
      node.broker.logger.debug("A session's last-seen time was not written", error);
    });
  }

  return {
    collection,
    end,

    /** @returns the new session's token: the only time that anyone sees it */
    async open(userId: string, userAgent?: string): Promise<string> {
      const token = newToken();
      const now = Date.now();
      const agent = userAgent?.slice(0, 300) ?? null;
      await collection.insert({ _id: hashToken(token), userId, createdAt: now, lastSeenAt: now, userAgent: agent });
      return token;
    },

    async find(token: string): Promise<Session | null> {
      const session = await findOrAskPrimary(collection, (options) => collection.findById(hashToken(token), options));
      const now = Date.now();
      if (!session || now - session.lastSeenAt > IDLE_LIMIT_MS) return null;
      if (now - session.lastSeenAt > SEEN_STEP_MS) touch(session, now);
      return { userId: session.userId, sessionId: session._id };
    },

    live: async (sessionIds: string[]) =>
      (await collection.findByIds(sessionIds, { fresh: true })).map((session) => session._id),

    /** Ends all sessions of a user, but for the one named. */
    async endAll(userId: string, except?: string): Promise<void> {
      const all = await collection.find({ query: { userId }, fresh: true });
      await end(all.map((session) => session._id).filter((id) => id !== except));
    },

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

    async endByName(userId: string, name: string): Promise<void> {
      const all = await collection.find({ query: { userId }, fresh: true });
      const session = all.find(({ _id }) => nameOf(_id) === name);
      if (!session) throw new NotFoundError("There is no such session");
      await end([session._id]);
    },
  };
}

/** The public name of a session: not the hash itself, which stays inside. */
function nameOf(sessionId: string): string {
  return createHash("sha256").update(sessionId).digest("hex").slice(0, 16);
}
