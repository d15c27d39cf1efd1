import { randomBytes } from "node:crypto";
import { appendFile } from "node:fs/promises";
import { join } from "node:path";
import type { SubscriptionJson } from "./push.ts";

/** The default of the setting of this name. */
const FANOUT_LIMIT = 10_000;

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

/**
 * Adds a crowd to the embedded stores of a stopped server, whose files have one document per line.
 *
 * @param folder the server's DATA_DIR
 */
export async function addCrowd(folder: string, { followeeId, size, browsers, subscription }: Crowd): Promise<void> {
  const sessionId = `crowd-${randomBytes(8).toString("hex")}`;
  const { p256dh, auth } = subscription.keys;
  const users = Array.from({ length: size }, (_, n) => `1${followeeId.slice(-8)}${n.toString().padStart(10, "0")}`);
  const write = (collection: string, docs: object[]) =>
    appendFile(join(folder, `${collection}.db`), docs.map((doc) => `${JSON.stringify(doc)}\n`).join(""));
  const now = Date.now();
  await write("sessions", [{ _id: sessionId, userId: "0", createdAt: now, lastSeenAt: now, userAgent: null }]);
  // An author with this many followers has no fan-out: their feeds merge the tweets.
  if (size > FANOUT_LIMIT) await write("big_authors", [{ _id: followeeId, since: 1 }]);
  await write(
    "follows",
    users.map((followerId) => ({
      _id: `${followerId}:${followeeId}`,
      seq: followerId,
      followerId,
      followeeId,
      notify: true,
    })),
  );
  await write(
    "push_subscriptions",
    users.slice(size - browsers).map((userId, n) => ({
      _id: `${followeeId}-${n}`,
      userId,
      sessionId,
      endpoint: `${subscription.endpoint}?n=${n}`,
      p256dh,
      auth,
      seq: userId,
    })),
  );
}
