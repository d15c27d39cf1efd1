import { LRUCache } from "lru-cache";

/**
 * A cache of the entries that were used last, whose memory grows with them. With its option `max` alone, LRUCache would
 * reserve room for all of them at once: 10 ms of a start and some megabytes for each large cache.
 *
 * @param ttlMs when given, entries expire this long after they were set
 */
export function createLru<V extends NonNullable<unknown>>({ max, ttlMs }: { max: number; ttlMs?: number }) {
  return new LRUCache<string, V>({
    maxSize: max,
    sizeCalculation: () => 1,
    ...(ttlMs !== undefined && { ttl: ttlMs }),
  });
}
