import { call, type Caller } from "../../contract/call.ts";
import type { TweetRecord, TweetView, UserRecord } from "../../contract/records.ts";
import type { Copies } from "../../seams/leases/copies.ts";
import type { Leases } from "../../seams/leases/leases.ts";

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

/** The copies that this node keeps of tweets and their authors. */
export interface Known {
  readonly tweets: Copies<TweetRecord>;
  readonly users: Copies<UserRecord>;
}

export function knownOf(leases: Leases): Known {
  return { tweets: leases.copies("tweets"), users: leases.copies("users") };
}

/**
 * The second step of reading tweets: loads the tweets that the skeleton did not read, and all authors. That takes two
 * calls, however many tweets there are, and none for those that this node has copies of.
 *
 * @returns in the order of the places; null for tweets that are gone
 */
export async function hydrateTweets(
  caller: Caller,
  places: readonly TweetPlace[],
  known?: Known,
): Promise<(HydratedTweet | null)[]> {
  const tweets = await tweetsAt(caller, places, known);
  const authors = await usersById(
    caller,
    tweets.filter((tweet) => tweet !== null).map(({ authorId }) => authorId),
    known,
  );
  return tweets.map((tweet) => {
    const author = tweet && authors.get(tweet.authorId);
    return author ? { tweet, author } : null;
  });
}

async function tweetsAt(
  caller: Caller,
  places: readonly TweetPlace[],
  known: Known | undefined,
): Promise<(TweetRecord | null)[]> {
  const found = places.map(({ id, tweet }) => tweet ?? known?.tweets.get(id) ?? null);
  const missing = places.filter((_, index) => found[index] === null).map(({ id }) => id);
  if (missing.length === 0) return found;
  const askedAt = performance.now();
  const loaded = await call(caller, "tweets.getMany", { ids: missing });
  for (const tweet of loaded) if (tweet) known?.tweets.keep(tweet.id, tweet, askedAt);
  let at = 0;
  return found.map((tweet) => tweet ?? loaded[at++] ?? null);
}

/** Loads users in one call. @returns by id, without those that don't exist */
export async function usersById(
  caller: Caller,
  ids: readonly string[],
  known?: Known,
): Promise<Map<string, UserRecord>> {
  const found = new Map<string, UserRecord>();
  const missing: string[] = [];
  for (const id of new Set(ids)) {
    const user = known?.users.get(id);
    if (user) found.set(id, user);
    else missing.push(id);
  }
  if (missing.length === 0) return found;
  const askedAt = performance.now();
  for (const user of await call(caller, "users.refs", { ids: missing })) {
    if (!user) continue;
    found.set(user.id, user);
    known?.users.keep(user.id, user, askedAt);
  }
  return found;
}

const views = new WeakMap<TweetRecord, TweetView>();

/** The fourth step: makes the tweet as gateways get it, the same object for the same tweet and author. */
export function viewTweet({ tweet, author }: HydratedTweet): TweetView {
  const made = views.get(tweet);
  if (made?.author === author) return made;
  const { id, key, text, media, location, metadata } = tweet;
  const view = { id, key, text, media, location, metadata, author };
  views.set(tweet, view);
  return view;
}
