import { signal } from "@preact/signals";
import type { Tweet, UserRef } from "../api/shapes.ts";

/** The most tweets that are kept in memory: enough for hours of scrolling. Those received longest ago go first. */
const MOST_TWEETS = 30_000;

const tweets = new Map<string, Tweet>();

/** Ids of deleted tweets. Lists subscribe, and take these tweets out. */
export const deletedIds = signal<ReadonlySet<string>>(new Set());

/** Keeps one copy of each tweet. @returns the ids of those that are not known to be deleted, in the order given */
export function keepTweets(list: readonly Tweet[]): string[] {
  for (const tweet of list) {
    tweets.delete(tweet.id);
    tweets.set(tweet.id, tweet);
  }
  for (const id of tweets.keys()) {
    if (tweets.size <= MOST_TWEETS) break;
    tweets.delete(id);
  }
  return list.filter(({ id }) => !isDeleted(id)).map(({ id }) => id);
}

export function tweetOf(id: string): Tweet | undefined {
  return tweets.get(id);
}

export function isDeleted(id: string): boolean {
  return deletedIds.value.has(id);
}

/** Takes a deleted tweet out of every list. A message that arrives late does not bring it back. */
export function forgetTweet(id: string): void {
  tweets.delete(id);
  deletedIds.value = new Set([...deletedIds.value, id]);
}

/** Brings a tweet back whose deletion the server has refused. Lists have to add it again. */
export function restoreTweet(tweet: Tweet): void {
  tweets.set(tweet.id, tweet);
  deletedIds.value = new Set([...deletedIds.value].filter((id) => id !== tweet.id));
}

/** Shows an author's new name and picture on tweets that are already loaded. */
export function renameAuthor(author: UserRef): void {
  for (const [id, tweet] of tweets) {
    if (tweet.author.id === author.id) tweets.set(id, { ...tweet, author });
  }
}
