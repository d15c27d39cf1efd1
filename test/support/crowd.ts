import { randomBytes } from "node:crypto";
import type { CollectionSpec, Document } from "../../seams/collections/collection.ts";
import { BIG_AUTHORS } from "../../services/graph/big-authors.ts";
import { FOLLOWS } from "../../services/graph/follow-doc.ts";
import { SUBSCRIPTIONS } from "../../services/notifier/push/subscriptions.ts";
import { SESSIONS } from "../../services/users/sessions.ts";
import type { SubscriptionJson } from "./push.ts";
import { withStore } from "./store.ts";

/** The default of the setting of this name. */
const FANOUT_LIMIT = 10_000;
/** Documents of one write, which has a deadline. */
const CHUNK = 1000;

/** Followers of one author, who are written to the store instead of signing up one by one. */
export interface Crowd {
  /** The author's id. */
  followeeId: string;
  size: number;
  /** The number of followers with a browser: those who followed last. */
  browsers: number;
  /** The keys of all their browsers. Each browser has its own endpoint, with `?n=` and a number. */
  subscription: SubscriptionJson;
}

/** Adds a crowd to the embedded store of a stopped server. @param folder the server's DATA_DIR */
export function addCrowd(folder: string, crowd: Crowd): Promise<void> {
  return withStore(folder, async (store) => {
    for (const [spec, docs] of documentsOf(crowd)) {
      const collection = store.collection(spec);
      await collection.connect();
      for (let at = 0; at < docs.length; at += CHUNK) await collection.insertMany(docs.slice(at, at + CHUNK));
    }
  });
}

function documentsOf({ followeeId, size, browsers, subscription }: Crowd): [CollectionSpec, Document[]][] {
  const sessionId = `crowd-${randomBytes(8).toString("hex")}`;
  const { p256dh, auth } = subscription.keys;
  const users = Array.from({ length: size }, (_, n) => `1${followeeId.slice(-8)}${n.toString().padStart(10, "0")}`);
  const now = Date.now();
  const session = { _id: sessionId, userId: "0", createdAt: now, lastSeenAt: now, userAgent: null };
  const follows = users.map((followerId) => ({
    _id: `${followerId}:${followeeId}`,
    seq: followerId,
    followerId,
    followeeId,
    notify: true,
  }));
  const subscriptions = users.slice(size - browsers).map((userId, n) => ({
    _id: `${followeeId}-${n}`,
    userId,
    sessionId,
    endpoint: `${subscription.endpoint}?n=${n}`,
    p256dh,
    auth,
    seq: userId,
  }));
  return [
    [SESSIONS, [session]],
    // An author with this many followers has no fan-out: their feeds merge the tweets.
    [BIG_AUTHORS, size > FANOUT_LIMIT ? [{ _id: followeeId, since: 1 } as Document] : []],
    [FOLLOWS, follows],
    [SUBSCRIPTIONS, subscriptions],
  ];
}
