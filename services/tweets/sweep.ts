import type { Collection } from "../../seams/collections/collection.ts";
import { sweepInBatches } from "../../seams/collections/sweep.ts";
import type { TweetDoc } from "./tweet-doc.ts";

/**
 * A tombstone refuses late retries of its tweet's POST. A session ends after 90 days without use, so a client that was
 * away for longer has to log in again, and no retry of its old requests comes any more.
 */
const TOMBSTONE_KEPT_MS = 90 * 86_400_000;

/** Removes the tombstones of tweets that were deleted long ago. Several nodes may sweep at once. */
export async function sweepTombstones(tweets: Collection<TweetDoc>): Promise<void> {
  const query = { deleted: true, deletedAt: { $lt: Date.now() - TOMBSTONE_KEPT_MS } };
  const remove = (ids: string[]) => tweets.removeMany({ _id: { $in: ids } });
  await sweepInBatches(tweets, { query, sort: ["deletedAt"] }, remove);
}
