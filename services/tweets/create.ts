import { call, type Caller, type Params } from "../../contract/call.ts";
import type { TweetRecord } from "../../contract/records.ts";
import { ConflictError, UnavailableError } from "../../lib/errors.ts";
import { normalizeId, type SnowflakeGenerator } from "../../lib/snowflake.ts";
import type { Collection } from "../../seams/collections/collection.ts";
import { insertIfFree } from "../../seams/collections/insert.ts";
import { checkText, mentionedNames } from "./text.ts";
import { LOOKS_LIKE_ID, sameContent, toRecord, type TweetContent, type TweetDoc } from "./tweet-doc.ts";

interface CreateParts {
  tweets: Collection<TweetDoc>;
  ids: SnowflakeGenerator;
}

/** The content of a new tweet. */
type NewTweet = Required<Pick<TweetDoc, "authorId" | "text" | "location" | "metadata" | "mentions">>;

/** Stores tweets. One key makes one tweet, however often it is sent. */
export function createTweets({ tweets, ids }: CreateParts) {
  /** Lookups try ids before keys, so a tweet whose key is another tweet's id could never be read by its key. */
  async function refuseOthersId(key: string, authorId: string): Promise<void> {
    if (!LOOKS_LIKE_ID.test(key) || !(await tweets.findById(key, { fresh: true }))) return;
    const twin = await tweets.findOne({ key }, { fresh: true });
    if (twin?.authorId !== authorId) throw new ConflictError("This key is another tweet's id", "KEY_TAKEN");
  }

  /** @returns null when a tweet with this key exists already */
  async function insert(caller: Caller, key: string, tweet: NewTweet, mediaIds: string[]): Promise<TweetRecord | null> {
    for (;;) {
      const _id = ids.next();
      const by = { tweetId: _id };
      // Media are recorded as used before the tweet is written. A use whose tweet was never written is swept later.
      const media =
        mediaIds.length === 0
          ? []
          : await call(caller, "media.use", { ids: mediaIds, ownerId: tweet.authorId, by, field: "media" });
      const doc = { _id, key, ...tweet, media, delivered: false, notified: false };
      const { inserted, taken } = await insertIfFree(tweets, doc);
      if (inserted) return toRecord(inserted);
      if (media.length > 0) await call(caller, "media.release", { by, keep: true });
      if (taken === "key") return null;
      // Two nodes drew the same id: draw again.
    }
  }

  /** The tweet that has the key already, if this call sends the same one again. @throws ConflictError otherwise */
  async function findTwin(key: string, authorId: string, content: TweetContent): Promise<TweetRecord> {
    // The answer promises that the tweet is stored, so read only writes that no election can undo.
    const doc = await tweets.findOne({ key }, { fresh: true, lasting: true });
    if (!doc) throw new UnavailableError("The tweet with this key can't be read at the moment");
    const twin = toRecord(doc);
    if (!twin) {
      throw new ConflictError("The tweet with this key was deleted; a new tweet needs a new key", "KEY_DELETED");
    }
    if (twin.authorId !== authorId) throw new ConflictError("This key is taken by another author's tweet", "KEY_TAKEN");
    if (!sameContent(twin, content)) {
      throw new ConflictError("A tweet with this key and other content exists already", "KEY_CONTENT");
    }
    return twin;
  }

  /** @throws InvalidError, ConflictError */
  return async (
    caller: Caller,
    { authorId, key, text, location = null, metadata = {}, media = [] }: Params<"tweets.create">,
  ): Promise<{ tweet: TweetRecord; created: boolean }> => {
    const mediaIds = media.map((id) => normalizeId(id) ?? id);
    checkText(text, mediaIds.length > 0);
    await refuseOthersId(key, authorId);
    const names = mentionedNames(text);
    const mentions = names.length > 0 ? await call(caller, "users.idsByUsernames", { usernames: names }) : [];
    // Look for the key before the media: a deleted tweet has lost its media, but must be refused because of its key.
    const isRepeated = mediaIds.length > 0 && (await tweets.findOne({ key }, { fresh: true })) !== null;
    const tweet = { authorId, text, location, metadata, mentions };
    const stored = isRepeated ? null : await insert(caller, key, tweet, mediaIds);
    if (stored) return { tweet: stored, created: true };
    return { tweet: await findTwin(key, authorId, { text, mediaIds, location, metadata }), created: false };
  };
}
