import { timeOf } from "../../lib/snowflake.ts";
import { call, type Caller, type TweetRecord } from "../../contract/actions.ts";
import type { Media, Tweet, UserRef } from "../../contract/shapes.ts";

/** The public form of a medium: services know it by its paths, since the site may move. */
export function presentMedia(media: Media, publicUrl: string): Media {
  return { ...media, url: publicUrl + media.url, previewUrl: publicUrl + media.previewUrl };
}

/** The public form of a tweet. */
export function presentTweet(tweet: TweetRecord, author: UserRef, publicUrl: string): Tweet {
  return {
    id: tweet.id,
    key: tweet.key,
    url: `${publicUrl}/tweet/${tweet.id}`,
    text: tweet.text,
    createdAt: new Date(timeOf(tweet.id)).toISOString(),
    author,
    media: tweet.media.length === 0 ? [] : tweet.media.map((media) => presentMedia(media, publicUrl)),
    location: tweet.location,
    metadata: tweet.metadata,
  };
}

/** A tweet with its author: all that the rules and the presenter need. */
export interface HydratedTweet {
  tweet: TweetRecord;
  author: UserRef;
}

/**
 * The second step of every read: ids become tweets with their authors, in two calls whatever their number.
 *
 * @returns in the order of the ids; those that are gone are left out
 */
export async function hydrate(caller: Caller, ids: readonly string[]): Promise<HydratedTweet[]> {
  if (ids.length === 0) return [];
  const tweets = (await call(caller, "tweets.getMany", { ids: [...ids] })).filter((tweet) => tweet !== null);
  const authorIds = [...new Set(tweets.map((tweet) => tweet.authorId))];
  const refs = await call(caller, "users.refs", { ids: authorIds });
  const authors = new Map(authorIds.map((id, index) => [id, refs[index] ?? null]));
  return tweets.flatMap((tweet) => {
    const author = authors.get(tweet.authorId);
    return author ? [{ tweet, author }] : [];
  });
}
