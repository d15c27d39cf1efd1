import { newerFirst, type TweetList } from "./lists.ts";

/** The most that the API gives at a time. */
const PAGE_TWEETS = 100;
/** As far down as anybody scrolls in a day. */
const MOST_PAGES = 50;

/**
 * Reads a list down to a tweet, for a reader who had scrolled to it before the page was loaded again.
 *
 * @returns the tweet; if it is gone, the next older one; null if the list could not be read so far
 */
export async function reach(list: TweetList, wanted: string): Promise<string | null> {
  const { state } = list;
  if (!state.value.loaded) await list.refresh().catch(() => undefined);
  for (let pages = 0; pages < MOST_PAGES; pages++) {
    const { ids, next, status, loaded } = state.value;
    if (!loaded || status === "failed") return null;
    const found = ids.find((id) => newerFirst(wanted, id) <= 0);
    if (found !== undefined || next === null) return found ?? ids.at(-1) ?? null;
    // A refresh reads the newest page, which `loadMore` does not interrupt.
    if (status === "loading") await list.refresh().catch(() => undefined);
    await list.loadMore(PAGE_TWEETS);
  }
  return null;
}
