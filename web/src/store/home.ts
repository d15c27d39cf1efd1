import type { Tweet } from "../api/shapes.ts";
import { createTweetList, type TweetList } from "./lists.ts";
import { accountId, onAccountChange } from "./session.ts";
import { readStored, writeStored } from "./stored.ts";
import { keepTweets, tweetOf } from "./tweets.ts";

/** How many tweets of the home timeline are stored for the next start and for reading offline. */
const STORED_TWEETS = 40;
const KEY = "starling:feed";
/** The first page. The server puts its answer into the page that loads the client. */
export const HOME_PATH = "/feed?limit=30";
/** A burst of changes is written once, this long after the last of them. */
const WRITE_DELAY_MS = 500;

interface StoredFeed {
  userId: string;
  tweets: Tweet[];
}

let current: TweetList | null = null;

/** The home timeline of the account that is logged in. A component that calls this is rendered again for another account. */
export function homeList(): TweetList {
  const userId = accountId.value ?? "";
  current ??= createHome(userId);
  return current;
}

function createHome(userId: string): TweetList {
  const list = createTweetList(HOME_PATH);
  const stored = readStored<StoredFeed>(KEY);
  if (stored?.userId === userId && stored.tweets.length > 0) {
    // The stored tweets are a stand-in: `loaded` stays false, so that the server's answer replaces them.
    list.state.value = { ...list.state.value, ids: keepTweets(stored.tweets) };
  }
  let timer: ReturnType<typeof setTimeout> | undefined;
  list.state.subscribe((state) => {
    if (!state.loaded) return;
    clearTimeout(timer);
    timer = setTimeout(() => {
      if (accountId.value !== userId) return;
      const tweets = [...state.waiting, ...state.ids].slice(0, STORED_TWEETS).flatMap((id) => tweetOf(id) ?? []);
      writeStored(KEY, { userId, tweets } satisfies StoredFeed);
    }, WRITE_DELAY_MS);
  });
  return list;
}

// The next person to use this browser must not see the last one's home timeline.
onAccountChange(() => {
  writeStored(KEY, null);
  current?.dispose();
  current = null;
});
