import { createECDH, createHash } from "node:crypto";
import { call, type Caller } from "../../../contract/call.ts";
import type { PushTarget, Session } from "../../../contract/records.ts";
import { InvalidError } from "../../../lib/errors.ts";
import type { SnowflakeGenerator } from "../../../lib/snowflake.ts";
import type { Collection, CollectionSpec } from "../../../seams/collections/collection.ts";
import { insertIfFree } from "../../../seams/collections/insert.ts";
import { faultOfEndpoint } from "./address.ts";

/** A browser's push subscription as stored. It belongs to one session and ends with the session. */
export interface SubscriptionDoc extends PushTarget {
  /**
   * A hash of the endpoint. The endpoint names the browser, so the last user to subscribe with it replaces the others.
   */
  _id: string;
  userId: string;
  sessionId: string;
  /** A Snowflake of the time at which the browser last subscribed. */
  seq: string;
}

export const SUBSCRIPTIONS: CollectionSpec = {
  name: "push_subscriptions",
  indexes: [{ fields: { userId: 1, seq: -1 } }, { fields: { sessionId: 1 } }],
};

/** Browsers per user: more than people use, and a bound on the pushes that one tweet costs. */
const BROWSERS_LIMIT = 10;

/** Keeps the push subscriptions of all users. */
export function createSubscriptions(
  collection: Collection<SubscriptionDoc>,
  { ids, allowLoopback }: { ids: SnowflakeGenerator; allowLoopback: boolean },
) {
  async function upsert(doc: SubscriptionDoc): Promise<void> {
    for (;;) {
      if ((await insertIfFree(collection, doc)).inserted) return;
      const { _id, ...rest } = doc;
      if (await collection.updateById(_id, { $set: rest })) return;
    }
  }

  return {
    /** Subscribes a browser for this user, in place of the browser's previous user if any. @throws InvalidError */
    async add({ userId, sessionId }: Session, target: PushTarget): Promise<void> {
      check(target, allowLoopback);
      const _id = subscriptionId(target.endpoint);
      const { endpoint, p256dh, auth } = target;
      await upsert({ _id, userId, sessionId, endpoint, p256dh, auth, seq: ids.next() });
      const all = await collection.find({ query: { userId }, sort: ["-seq"], fresh: true });
      const tooMany = all.slice(BROWSERS_LIMIT).map((doc) => doc._id);
      if (tooMany.length > 0) await collection.removeMany({ _id: { $in: tooMany } });
    },

    /** Removes the user's subscription with this endpoint; another user's stays. */
    async remove(userId: string, endpoint: string): Promise<void> {
      await collection.removeMany({ _id: subscriptionId(endpoint), userId });
    },

    /** Removes a subscription that its push service calls gone. */
    async forget(id: string): Promise<void> {
      await collection.removeById(id);
    },

    async endSessions(sessionIds: string[]): Promise<void> {
      await collection.removeMany({ sessionId: { $in: sessionIds } });
    },

    /** Whether anybody can be pushed to. From the primary, which has every subscription that was acknowledged. */
    exist: async (): Promise<boolean> =>
      (await collection.findFields({ sort: ["_id"], limit: 1, fresh: true }, [])).length > 0,

    ofUsers: async (userIds: string[]): Promise<SubscriptionDoc[]> =>
      userIds.length === 0 ? [] : collection.find({ query: { userId: { $in: userIds } } }),

    byIds: (ids: string[]): Promise<SubscriptionDoc[]> => collection.findByIds(ids),

    /**
     * Removes subscriptions whose session has ended, because the event about the end may have been lost.
     *
     * @returns the other subscriptions
     */
    async withLiveSession(caller: Caller, found: SubscriptionDoc[]): Promise<SubscriptionDoc[]> {
      if (found.length === 0) return [];
      const sessionIds = [...new Set(found.map((doc) => doc.sessionId))];
      const live = new Set(await call(caller, "users.liveSessions", { sessionIds }));
      const ended = sessionIds.filter((id) => !live.has(id));
      if (ended.length > 0) await this.endSessions(ended);
      return found.filter((doc) => live.has(doc.sessionId));
    },
  };
}

export type Subscriptions = ReturnType<typeof createSubscriptions>;

function subscriptionId(endpoint: string): string {
  return createHash("sha256").update(endpoint).digest("base64url");
}

function check({ endpoint, p256dh, auth }: PushTarget, allowLoopback: boolean): void {
  const fault = faultOfEndpoint(endpoint, allowLoopback);
  const errors = [
    ...(fault === null ? [] : [{ field: "endpoint", message: fault }]),
    ...(isPoint(p256dh) ? [] : [{ field: "keys.p256dh", message: "must be an uncompressed P-256 point in base64url" }]),
    ...(isBase64Of(auth, 16) ? [] : [{ field: "keys.auth", message: "must be 16 bytes in base64url" }]),
  ];
  if (errors.length > 0) throw new InvalidError(errors);
}

/** Accepts plain and padded Base64, too, because some client libraries send it. */
function isBase64Of(text: string, bytes: number): boolean {
  return /^[\w+/-]+={0,2}$/.test(text) && Buffer.from(text, "base64url").length === bytes;
}

function isPoint(text: string): boolean {
  if (!isBase64Of(text, 65)) return false;
  const point = Buffer.from(text, "base64url");
  if (point[0] !== 4) return false;
  const curve = createECDH("prime256v1");
  curve.generateKeys();
  try {
    curve.computeSecret(point);
    return true;
  } catch {
    // The point is not on the curve.
    return false;
  }
}
