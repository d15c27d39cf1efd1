import type { Caller, Params, Result } from "../../contract/call.ts";
import { idAt, timeOf } from "../../lib/snowflake.ts";
import { hydrateTweets, viewTweet } from "../reading/tweets.ts";
import type { Home } from "./home.ts";

/** One sync returns at most this many tweets newer than the client's last one. */
const SYNC_LIMIT = 200;
/**
 * A sync begins this long before the client's last tweet: an id is given out before its write is acknowledged, and a
 * write may take a few seconds.
 */
const SYNC_OVERLAP_MS = 20_000;

/** Reads the feed's tweets that a client may have missed since `after`, oldest first. */
export async function syncHome(
  home: Home,
  caller: Caller,
  { userId, after }: Params<"timeline.sync">,
): Promise<Result<"timeline.sync">> {
  let part = await home.newer(caller, userId, idAt(timeOf(after) - SYNC_OVERLAP_MS), SYNC_LIMIT + 1);
  const { authors } = part;
  const places = part.entries.slice(0, SYNC_LIMIT);
  // Read past the end of the overlap, however many tweets it has, so that each sync gets further than the last one.
  while (part.next !== null && (places.at(-1)?.id ?? after) <= after) {
    part = await home.newer(caller, userId, places.at(-1)?.id ?? after, SYNC_LIMIT + 1);
    places.push(...part.entries.slice(0, SYNC_LIMIT));
  }
  const hydrated = await hydrateTweets(caller, places);
  const shown = hydrated.filter((found) => found !== null).filter(({ tweet }) => authors.has(tweet.authorId));
  return { tweets: shown.map(viewTweet), more: part.next !== null };
}
