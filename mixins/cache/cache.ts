import { type HasPrimary, readSurely } from "../store/sure.ts";

/**
 * A cache of values by key. A reader fills what it loaded only where nothing is known ({@link Cache.fill}), a writer
 * always wins ({@link Cache.put}): so a slow reader can't bring back what was changed or deleted meanwhile. Only a writer
 * can say that a value is absent: what a reader does not find may just not have reached the replica that it asked. Two implementations, in memory and Redis, pass the same contract tests. Values are not to be changed.
 */
export interface Cache<V> {
  /** In the order of the keys: the value, null when it is known to be absent, undefined when nothing is known. */
  getMany(keys: readonly string[]): Promise<(V | null | undefined)[]>;
  fill(entries: readonly (readonly [key: string, value: V])[]): Promise<void>;
  put(key: string, value: V | null): Promise<void>;
  close(): Promise<void>;
}

export interface CacheOptions {
  /** Keeps this cache's keys apart from others', such as `tweet`. */
  name: string;
  /** How long an entry is believed, in seconds. */
  ttl: number;
  /** How many entries are kept, where the cache is bounded by number. */
  max: number;
}

/**
 * Reads through a cache: what it does not know is loaded, and filled in. A cache that is down never fails a read.
 *
 * @param load loads the missing values, in the order of the keys; null for what is absent
 * @param store where it loads them from: what was not read from the primary is not kept, since it may be long outdated
 */
export async function readThrough<V>(
  cache: Cache<V>,
  keys: readonly string[],
  load: (missing: string[]) => Promise<(V | null)[]>,
  store: HasPrimary,
): Promise<(V | null)[]> {
  const known = await cache.getMany(keys).catch(() => keys.map(() => undefined));
  const missing = [...new Set(keys.filter((_, index) => known[index] === undefined))];
  if (missing.length === 0) return known as (V | null)[];
  const { found: loaded, sure } = await readSurely(store, () => load(missing));
  const found = new Map(missing.flatMap((key, index) => (loaded[index] ? [[key, loaded[index]] as const] : [])));
  if (sure) {
    cache.fill([...found]).catch(() => {
      // The values are here; only the next read pays for a cache that is down.
    });
  }
  return keys.map((key, index) => (known[index] === undefined ? (found.get(key) ?? null) : known[index]));
}
