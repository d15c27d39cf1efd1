import { hydrate, type HydratedTweet, presentTweet } from "./tweets.ts";
import type { Caller, Range } from "../../contract/actions.ts";
import type { Tweet } from "../../contract/shapes.ts";

/** What every list of tweets starts from: the ids of its next part, and which of them may be shown. */
export interface Part {
  ids: string[];
  /** The list has nothing beyond these. */
  ended: boolean;
  allows(tweet: HydratedTweet["tweet"]): boolean;
}

/** The first step: ids. The rest, hydrate → rules → present, is the same for every list. */
export type ReadSkeleton = (range: Range) => Promise<Part>;

/**
 * Reads one page of a list of tweets. A page that came out short, since some of its tweets are gone, is refilled until
 * it is full or the list has ended.
 *
 * @returns the tweets, and the id from which the next page starts, undefined at the end
 */
export async function readPage(
  caller: Caller,
  skeleton: ReadSkeleton,
  range: Range,
  publicUrl: string,
): Promise<{ tweets: Tweet[]; last: string | undefined }> {
  const shown: HydratedTweet[] = [];
  let { before } = range;
  for (;;) {
    // One more than is wanted tells whether there is a next page.
    const part = await skeleton({ ...range, before, limit: range.limit + 1 - shown.length });
    const hydrated = await hydrate(caller, part.ids);
    shown.push(...hydrated.filter(({ tweet }) => part.allows(tweet)));
    if (part.ended || shown.length > range.limit) break;
    before = part.ids.at(-1);
  }
  const page = shown.slice(0, range.limit);
  return {
    tweets: page.map(({ tweet, author }) => presentTweet(tweet, author, publicUrl)),
    last: shown.length > range.limit ? page.at(-1)?.tweet.id : undefined,
  };
}
