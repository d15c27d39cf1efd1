import type { Tweet } from "../api/shapes.ts";
import { createTweetList, type TweetList } from "./lists.ts";
import { me } from "./session.ts";
import { readStored, writeStored } from "./stored.ts";
import { keepTweets, tweetOf } from "./tweets.ts";

/** How many tweets of the feed are kept for the next start and for reading offline. */
const KEPT = 40;
const KEY = "starling:feed";
/** Writing waits for a pause in the changes, in milliseconds. */
const WRITE_DELAY = 500;

interface KeptFeed {
  userId: string;
  tweets: Tweet[];
}

/** The home feed of who is logged in. Another person's is another list. */
let current: { userId: string; list: TweetList } | null = null;

export function homeList(): TweetList {
  const userId = me.value?.id ?? "";
  if (current?.userId !== userId) current = { userId, list: createHome(userId) };
  return current.list;
}

function createHome(userId: string): TweetList {
  const list = createTweetList("/feed?limit=30");
  const kept = readStored<KeptFeed>(KEY);
  if (kept?.userId === userId && kept.tweets.length > 0) {
    // Shown until the server has answered. Not "loaded": the answer takes its place.
    list.state.update((state) => ({ ...state, ids: keepTweets(kept.tweets) }));
  }
  let timer: ReturnType<typeof setTimeout> | undefined;
  list.state.subscribe((state) => {
    if (!state.loaded) return;
    clearTimeout(timer);
    timer = setTimeout(() => {
      if (me.value?.id !== userId) return;
      const tweets = [...state.waiting, ...state.ids].slice(0, KEPT).flatMap((id) => tweetOf(id) ?? []);
      writeStored(KEY, { userId, tweets } satisfies KeptFeed);
    }, WRITE_DELAY);
  });
  return list;
}

// What one person read is not for the next who uses this browser.
me.subscribe((user) => {
  if (user) return;
  writeStored(KEY, null);
  current = null;
});
