import { call, type Caller } from "../../contract/call.ts";
import type { TweetRecord, TweetView, UserRecord } from "../../contract/records.ts";

/** A place in a list of tweets, with the tweet itself if the skeleton has read it anyway. */
export interface TweetPlace {
  id: string;
  tweet?: TweetRecord;
}

/** A tweet with its author: all that the rules and the presenter need. */
export interface HydratedTweet {
  tweet: TweetRecord;
  author: UserRecord;
}

/**
 * The second step of reading tweets: loads the tweets that the skeleton did not read, and all authors. That takes two
 * calls, however many tweets there are.
 *
 * @returns in the order of the places; null for tweets that are gone
 */
export async function hydrateTweets(caller: Caller, places: readonly TweetPlace[]): Promise<(HydratedTweet | null)[]> {
  const missing = places.filter(({ tweet }) => !tweet).map(({ id }) => id);
  const loaded = missing.length > 0 ? await call(caller, "tweets.getMany", { ids: missing }) : [];
  let at = 0;
  const tweets = places.map(({ tweet }) => tweet ?? loaded[at++] ?? null);
  const authors = await usersById(
    caller,
    tweets.filter((tweet) => tweet !== null).map(({ authorId }) => authorId),
  );
  return tweets.map((tweet) => {
    const author = tweet && authors.get(tweet.authorId);
    return author ? { tweet, author } : null;
  });
}

/** Loads users in one call. @returns by id, without those that don't exist */
export async function usersById(caller: Caller, ids: readonly string[]): Promise<Map<string, UserRecord>> {
  const unique = [...new Set(ids)];
  if (unique.length === 0) return new Map();
  const found = new Map<string, UserRecord>();
  for (const user of await call(caller, "users.refs", { ids: unique })) if (user) found.set(user.id, user);
  return found;
}

/** The fourth step: makes the tweet as gateways get it. */
export function viewTweet({ tweet, author }: HydratedTweet): TweetView {
  const { id, key, text, media, location, metadata } = tweet;
  return { id, key, text, media, location, metadata, author };
}
