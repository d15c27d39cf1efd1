import { LRUCache } from "lru-cache";
import type { Collection, Document, Query } from "./collection.ts";

/** Counting takes a store about a millisecond per thousand: up to here it is done anew each time. */
const LARGE = 10_000;
/** How long a larger number is believed, in milliseconds: nobody sees that 1,234,567 followers are one more. */
const BELIEVED_FOR = 30_000;

/**
 * Counts documents: exactly while they are few, and at most half a minute late when they are many, so that the profile
 * of somebody with millions of followers costs no more than another.
 */
export function createCounter<T extends Document>(collection: Pick<Collection<T>, "count">) {
  const large = new LRUCache<string, number>({ max: 10_000, ttl: BELIEVED_FOR });
  return async (query: Query): Promise<number> => {
    const key = JSON.stringify(query);
    const known = large.get(key);
    if (known !== undefined) return known;
    const count = await collection.count({ query });
    if (count >= LARGE) large.set(key, count);
    return count;
  };
}
