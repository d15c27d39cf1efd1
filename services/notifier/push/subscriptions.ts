import { createECDH, createHash } from "node:crypto";
import { InvalidError } from "../../../lib/errors.ts";
import type { SnowflakeGenerator } from "../../../lib/snowflake.ts";
import { type Collection, type CollectionSpec, DuplicateKeyError } from "../../../seams/collections/collection.ts";
import { type PushTarget, type Session } from "../../../contract/records.ts";
import { call, type Caller } from "../../../contract/call.ts";
import { faultOfEndpoint } from "./address.ts";

/** A browser that wants to be told. It is one session's: when that ends, so does this. */
export interface SubscriptionDoc extends PushTarget {
  /** Made of the endpoint, which names the browser: who subscribes with it last has it. */
  _id: string;
  userId: string;
  sessionId: string;
  /** A Snowflake of when it was made, or made again. */
  seq: string;
}

export const SUBSCRIPTIONS: CollectionSpec = {
  name: "push_subscriptions",
  indexes: [{ fields: { userId: 1, seq: -1 } }, { fields: { sessionId: 1 } }],
};

/** How many browsers of one person are told: more than people use, and a bound on what one tweet costs. */
const MOST_PER_USER = 10;

/** The browsers to tell, by whose they are. */
export function createSubscriptions(
  collection: Collection<SubscriptionDoc>,
  { ids, allowLoopback }: { ids: SnowflakeGenerator; allowLoopback: boolean },
) {
  async function upsert(doc: SubscriptionDoc): Promise<void> {
    for (;;) {
      try {
        await collection.insert(doc);
        return;
      } catch (error) {
        if (!(error instanceof DuplicateKeyError)) throw error;
      }
      const { _id, ...rest } = doc;
      if (await collection.updateById(_id, { $set: rest })) return;
    }
  }

  return {
    /** Has this browser told, and no longer any other user of it. @throws InvalidError */
    async add({ userId, sessionId }: Session, target: PushTarget): Promise<void> {
      check(target, allowLoopback);
      const _id = subscriptionId(target.endpoint);
      const { endpoint, p256dh, auth } = target;
      await upsert({ _id, userId, sessionId, endpoint, p256dh, auth, seq: ids.next() });
      const all = await collection.find({ query: { userId }, sort: ["-seq"], fresh: true });
      const tooMany = all.slice(MOST_PER_USER).map((doc) => doc._id);
      if (tooMany.length > 0) await collection.removeMany({ _id: { $in: tooMany } });
    },

    /** Another's subscription stays. */
    async remove(userId: string, endpoint: string): Promise<void> {
      await collection.removeMany({ _id: subscriptionId(endpoint), userId });
    },

    /** The push service says that nobody is behind it any more. */
    async forget(id: string): Promise<void> {
      await collection.removeById(id);
    },

    async endSessions(sessionIds: string[]): Promise<void> {
      await collection.removeMany({ sessionId: { $in: sessionIds } });
    },

    ofUsers: async (userIds: string[]) =>
      userIds.length === 0 ? [] : collection.find({ query: { userId: { $in: userIds } } }),

    byIds: (ids: string[]) => collection.findByIds(ids),

    /** Leaves out those whose session has ended, and removes them: the message that told of the end may have been lost. */
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

/** Some browsers' libraries write plain Base64, and pad it. */
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
    // Not on the curve.
    return false;
  }
}
