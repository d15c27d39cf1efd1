import type { ServiceBroker } from "moleculer";
import type { Params } from "../../contract/call.ts";
import { broadcast } from "../../contract/events.ts";
import type { TweetRecord } from "../../contract/records.ts";
import { ForbiddenError, NotFoundError } from "../../lib/errors.ts";
import { nowOrSoon } from "../../lib/now-or-soon.ts";
import type { Cache } from "../../seams/cache/cache.ts";
import type { Collection, ReadOptions } from "../../seams/collections/collection.ts";
import type { Leases } from "../../seams/leases/leases.ts";
import { LOOKS_LIKE_ID, tombstoneUpdate, type TweetDoc } from "./tweet-doc.ts";

/** A repeated delete re-broadcasts the deletion only this long after the first: longer than clients keep retrying. */
const REPEATED_WITHIN_MS = 60_000;
/** Reads that decide what we acknowledge must come from the primary. */
const FRESH: ReadOptions = { fresh: true };

interface RemoveParts {
  tweets: Collection<TweetDoc>;
  cache: Cache<TweetRecord>;
  broker: ServiceBroker;
  leases: Pick<Leases, "revoke">;
}

/** Deletes tweets. */
export function createRemove({ tweets, cache, broker, leases }: RemoveParts) {
  /** The tweet, or its tombstone. */
  async function findDoc(idOrKey: string): Promise<TweetDoc | null> {
    const byId = LOOKS_LIKE_ID.test(idOrKey) ? await tweets.findById(idOrKey, FRESH) : null;
    return byId ?? (await tweets.findOne({ key: idOrKey }, FRESH));
  }

  /**
   * Removes a deleted tweet from every place that still shows it.
   *
   * @param at the time of the deletion, in milliseconds since 1970
   */
  async function hide({ _id: id, mentions = [] }: TweetDoc, authorId: string, at: number): Promise<void> {
    await nowOrSoon(broker.logger, `removing the deleted tweet ${id} from the cache`, () => cache.put(id, null));
    await leases.revoke("tweets", [id]);
    if (Date.now() - at < REPEATED_WITHIN_MS) broadcast(broker, "tweet.deleted", { id, authorId, mentions });
  }

  /** @throws NotFoundError, ForbiddenError */
  return async ({ idOrKey, userId }: Params<"tweets.remove">): Promise<void> => {
    const doc = await findDoc(idOrKey);
    const ownerId = doc?.authorId ?? doc?.deletedBy;
    const isGone = doc?.authorId === undefined;
    if (!doc || (isGone && ownerId !== userId)) throw new NotFoundError(`There is no tweet ${idOrKey}`);
    if (ownerId !== userId) throw new ForbiddenError("Only its author may delete a tweet");
    const query = { _id: doc._id, authorId: userId };
    const removed = isGone ? null : await tweets.updateOne(query, tombstoneUpdate(userId, Date.now()));
    // Hide a tweet that was deleted before, too: this may be the retry of a call that died before its broadcast.
    await hide(doc, userId, doc.deletedAt ?? Date.now());
    if (!removed) throw new NotFoundError(`There is no tweet ${idOrKey}`);
  };
}
