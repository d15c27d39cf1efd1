import type { Client } from "./http.ts";
import type { Findings } from "./findings.ts";
import { newestFirst } from "./oracle.ts";

/** Of a tweet in a list, what the audit looks at. */
export interface ListedTweet {
  readonly id: string;
  readonly text: string;
}

/** A list that goes on for this much longer than it should has no end. */
const ENDLESS = 10_000;

/**
 * Reads a list of tweets from its first page to its end.
 *
 * @param pageLength how long the next page is to be
 * @param onPage is told how long each page took, in milliseconds
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
  while (next !== null && tweets.length < expectedLength + ENDLESS) {
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

/** Finds what may never be, however much is under way: a tweet twice in a list, or an older one above a newer one. */
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

/** @returns what of the one is not in the other */
export function without(ids: readonly string[], others: readonly string[]): string[] {
  const known = new Set(others);
  return ids.filter((id) => !known.has(id));
}
