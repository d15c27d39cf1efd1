import type { Client } from "./http.ts";
import type { Findings } from "./findings.ts";
import { newestFirst } from "./oracle.ts";

/** The part of a listed tweet that the audit reads. */
export interface ListedTweet {
  readonly id: string;
  readonly text: string;
}

/** Reading stops this many tweets beyond a list's expected length, because then `next` seems to lead on forever. */
const MAX_SURPLUS = 10_000;

/**
 * Reads a list of tweets from its first page to its end.
 *
 * @param pageLength gives the `limit` of the next page
 * @param onPage called with the milliseconds that each page took
 */
export async function readList(
  client: Client,
  { path, token }: { path: string; token: string },
  pageLength: () => number,
  expectedLength: number,
  onPage: (milliseconds: number) => void,
): Promise<ListedTweet[]> {
  const tweets: ListedTweet[] = [];
  let next: string | null = path;
  while (next !== null && tweets.length < expectedLength + MAX_SURPLUS) {
    const url: URL = new URL(next, client.url);
    url.searchParams.set("limit", String(pageLength()));
    const began = performance.now();
    const { body } = await client.ask<{ tweets: ListedTweet[]; next: string | null }>({
      method: "GET",
      path: url.pathname + url.search,
      token,
      wanted: [200],
    });
    onPage(performance.now() - began);
    tweets.push(...body.tweets);
    next = body.next;
  }
  return tweets;
}

/** Finds a tweet twice in a list, or an older one above a newer one: wrong at any time, also during outages. */
export function checkOrder(findings: Findings, list: string, ids: readonly string[]): void {
  const seen = new Set<string>();
  for (const [at, id] of ids.entries()) {
    const above = ids[at - 1];
    if (seen.has(id)) findings.add("doubled", `${id} in ${list}`);
    else if (above !== undefined && newestFirst(above, id) > 0)
      findings.add("outOfOrder", `${id} below ${above} in ${list}`);
    seen.add(id);
  }
}

/** @returns the ids that are not among the others */
export function without(ids: readonly string[], others: readonly string[]): string[] {
  const known = new Set(others);
  return ids.filter((id) => !known.has(id));
}
