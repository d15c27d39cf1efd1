import type { Tweet, UserRef } from "../api/shapes.ts";
import { signal } from "./signal.ts";

/** Tweets kept in memory at most; those of no list go first. Enough for hours of scrolling. */
const MOST_KEPT = 30_000;

const tweets = new Map<string, Tweet>();
const gone = new Set<string>();

/** Told of the ids that are gone: lists take them out. */
export const deletions = signal<readonly string[]>([]);

/** Keeps one copy of each tweet. @returns the ids of those that are not known to be gone, in the order given */
export function keepTweets(list: readonly Tweet[]): string[] {
  for (const tweet of list) {
    tweets.delete(tweet.id);
    tweets.set(tweet.id, tweet);
  }
  for (const id of tweets.keys()) {
    if (tweets.size <= MOST_KEPT) break;
    tweets.delete(id);
  }
  return list.filter(({ id }) => !gone.has(id)).map(({ id }) => id);
}

export function tweetOf(id: string): Tweet | undefined {
  return tweets.get(id);
}

export function isGone(id: string): boolean {
  return gone.has(id);
}

/** The tweet was deleted: it leaves every list, and does not come back with a late message. */
export function forgetTweet(id: string): void {
  gone.add(id);
  tweets.delete(id);
  deletions.set([id]);
}

/** The delete was refused: the tweet is there after all. */
export function restoreTweet(tweet: Tweet): void {
  gone.delete(tweet.id);
  tweets.set(tweet.id, tweet);
}

/** Shows a person's new name and face on the tweets that are here already. */
export function renameAuthor(author: UserRef): void {
  for (const [id, tweet] of tweets) {
    if (tweet.author.id === author.id) tweets.set(id, { ...tweet, author });
  }
}
