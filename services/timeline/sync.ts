import type { Caller, Params, Result } from "../../contract/call.ts";
import type { TweetView } from "../../contract/records.ts";
import { idAt, timeOf } from "../../lib/snowflake.ts";
import { hydrateTweets, type Known, type TweetPlace, viewTweet } from "../reading/tweets.ts";
import type { Home } from "./home.ts";

/** One sync returns at most this many tweets. */
const SYNC_LIMIT = 100;
/** One sync returns about this many bytes of JSON, however long the descriptions of the pictures are. */
const SYNC_LIMIT_BYTES = 512 * 1024;
/**
 * A sync begins this long before the client's last tweet: an id is given out before its write is acknowledged, and a
 * write may take a few seconds.
 */
const SYNC_OVERLAP_MS = 20_000;

/** Reads the feed's tweets that a client may have missed since `after`, oldest first. */
export async function syncHome(
  { home, known }: { home: Home; known: Known },
  caller: Caller,
  { userId, after }: Params<"timeline.sync">,
): Promise<Result<"timeline.sync">> {
  let part = await home.newer(caller, userId, idAt(timeOf(after) - SYNC_OVERLAP_MS), SYNC_LIMIT + 1);
  const { authors } = part;
  let places: TweetPlace[] = part.entries.slice(0, SYNC_LIMIT);
  // Read past the end of the overlap, however many tweets it has, so that each sync gets further than the last one. Of
  // a long overlap only its end is kept.
  while (part.next !== null && (places.at(-1)?.id ?? after) <= after) {
    part = await home.newer(caller, userId, places.at(-1)?.id ?? after, SYNC_LIMIT + 1);
    places = [...places, ...part.entries.slice(0, SYNC_LIMIT)].slice(-SYNC_LIMIT);
  }
  const hydrated = await hydrateTweets(caller, places, known);
  const shown = hydrated.filter((found) => found !== null).filter(({ tweet }) => authors.has(tweet.authorId));
  const { tweets, bytes, cut } = within(shown.map(viewTweet), after);
  return { tweets, bytes, more: cut || part.next !== null };
}

/**
 * Keeps as many tweets as fit in the limit of bytes: the newest ones of the overlap, in at most half of it, and the
 * oldest ones that are newer than `after`, at least one.
 *
 * @returns `cut`: whether tweets newer than `after` are left over
 */
function within(tweets: TweetView[], after: string): { tweets: TweetView[]; bytes: number; cut: boolean } {
  const sizes = tweets.map((tweet) => Buffer.byteLength(JSON.stringify(tweet)));
  const firstNew = tweets.findIndex(({ id }) => id > after);
  const middle = firstNew === -1 ? tweets.length : firstNew;
  let bytes = 0;
  let [start, end] = [middle, middle];
  while (start > 0 && bytes + sizes[start - 1]! <= SYNC_LIMIT_BYTES / 2) bytes += sizes[--start]!;
  while (end < tweets.length && (end === middle || bytes + sizes[end]! <= SYNC_LIMIT_BYTES)) bytes += sizes[end++]!;
  return { tweets: tweets.slice(start, end), bytes, cut: end < tweets.length };
}
