import { LRUCache } from "lru-cache";
import type { Collection, Document, Query } from "./collection.ts";

/** Counts below this are never cached: a store takes about a millisecond to count a thousand documents. */
const LARGE = 10_000;
/** Larger counts are cached for this long: nobody notices one more follower among 1,234,567. */
const CACHED_MS = 30_000;

/**
 * Counts documents. Small counts are exact; large ones may be half a minute old, so that the profile of a user with
 * millions of followers costs no more than any other.
 */
export function createCounter<T extends Document>(collection: Pick<Collection<T>, "count">) {
  const large = new LRUCache<string, number>({ max: 10_000, ttl: CACHED_MS });
  return async (query: Query): Promise<number> => {
    const key = JSON.stringify(query);
    const known = large.get(key);
    if (known !== undefined) return known;
    const count = await collection.count({ query });
    if (count >= LARGE) large.set(key, count);
    return count;
  };
}
