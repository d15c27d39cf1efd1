import { randomBytes } from "node:crypto";
import { appendFile } from "node:fs/promises";
import { join } from "node:path";
import type { SubscriptionJson } from "./push.ts";

/** The default of the setting. */
const FANOUT_LIMIT = 10_000;

/** Followers of somebody whom nobody has to sign up one by one. */
export interface Crowd {
  /** The author's id. */
  followeeId: string;
  size: number;
  /** So many of them, who followed last, have a browser. */
  browsers: number;
  /** All their browsers have the keys of this one; each has an endpoint of its own: with `?n=` and a number. */
  subscription: SubscriptionJson;
}

/**
 * Adds a crowd to the embedded stores of a server that does not run: one document a line.
 *
 * @param folder its DATA_DIR
 */
export async function addCrowd(folder: string, { followeeId, size, browsers, subscription }: Crowd): Promise<void> {
  const sessionId = `crowd-${randomBytes(8).toString("hex")}`;
  const { p256dh, auth } = subscription.keys;
  const users = Array.from({ length: size }, (_, n) => `1${followeeId.slice(-8)}${n.toString().padStart(10, "0")}`);
  const write = (collection: string, docs: object[]) =>
    appendFile(join(folder, `${collection}.db`), docs.map((doc) => `${JSON.stringify(doc)}\n`).join(""));
  const now = Date.now();
  await write("sessions", [{ _id: sessionId, userId: "0", createdAt: now, lastSeenAt: now, userAgent: null }]);
  // As it is with so many: their feeds have the tweets without a fan-out.
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
