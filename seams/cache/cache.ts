import { isTransient } from "../../lib/errors.ts";
import type { Collection, Document, ReadOptions } from "../collections/collection.ts";
import { type HasPrimary, readNotingSource } from "../collections/primary.ts";

/**
 * A cache of values by key. Readers fill in loaded values only where the cache has no entry ({@link Cache.fill}), while
 * writers always win ({@link Cache.put}), so that a slow reader can't restore a value that was changed or deleted
 * meanwhile. Only writers can mark a value as absent: when a reader finds no value, the replica that it asked may just
 * lag. Two implementations, in memory and Redis, pass the same contract tests. Callers must not mutate the values.
 */
export interface Cache<V> {
  /** @returns in the order of the keys: the value, null for a value marked as absent, undefined for no entry */
  getMany(keys: readonly string[]): Promise<(V | null | undefined)[]>;
  fill(entries: readonly (readonly [key: string, value: V])[]): Promise<void>;
  put(key: string, value: V | null): Promise<void>;
  close(): Promise<void>;
}

export interface CacheOptions {
  /** Separates this cache's keys from those of other caches, such as `tweet`. */
  name: string;
  /** Lifetime of an entry. */
  ttlSeconds: number;
  /** Maximum number of entries, for implementations with such a bound. */
  max: number;
}

/** Loads values, in the order of the keys; null for a deleted value, undefined for a missing one. */
export type Load<V> = (missing: string[], options?: ReadOptions) => Promise<(V | null | undefined)[]>;

/**
 * Makes a {@link Load} that finds the documents of a collection by their ids.
 *
 * @param toValue returns null for a document that stands for an absent value, such as a tombstone
 */
export function loadFrom<T extends Document, V>(
  collection: Pick<Collection<T>, "findByIds">,
  toValue: (doc: T) => V | null,
): Load<V> {
  return async (missing, options) => {
    const found = new Map((await collection.findByIds(missing, options)).map((doc) => [doc._id, toValue(doc)]));
    return missing.map((id) => found.get(id));
  };
}

/**
 * Reads through a cache: loads the values that have no entry, and fills them in. A read never fails because the cache
 * is down.
 *
 * @param store the store that `load` reads. Values from a replica are not cached, since they may be long outdated, nor are
 *   values that an election may still undo
 * @returns the values, in the order of the keys; null for absent ones, and for those that a replica lacks while there
 *   is no primary to ask
 */
export async function readThrough<V>(
  cache: Cache<V>,
  keys: readonly string[],
  load: Load<V>,
  store: HasPrimary,
): Promise<(V | null)[]> {
  return look(cache, keys, load, store, (error) => {
    if (!isTransient(error)) throw error;
  });
}

/**
 * Reads one value as {@link readThrough} does, but never reports a value as absent only because a replica lacks it.
 * For reads without a cache, `findOrAskPrimary` does the same.
 *
 * @throws UnavailableError when a replica lacks the value and there is no primary to ask
 */
export async function findThrough<V>(
  cache: Cache<V>,
  key: string,
  load: Load<V>,
  store: HasPrimary,
): Promise<V | null> {
  const [value = null] = await look(cache, [key], load, store, (error) => {
    throw error;
  });
  return value;
}

/** @param onNoPrimary is called with the error when the primary can't be asked for values that a replica lacks */
async function look<V>(
  cache: Cache<V>,
  keys: readonly string[],
  load: Load<V>,
  store: HasPrimary,
  onNoPrimary: (error: unknown) => void,
): Promise<(V | null)[]> {
  const known = await cache.getMany(keys).catch(() => keys.map(() => undefined));
  const missing = [...new Set(keys.filter((_, index) => known[index] === undefined))];
  if (missing.length === 0) return known as (V | null)[];
  const lasting = store.term !== null;
  const { found: loaded, fromPrimary } = await readNotingSource(store, () => load(missing, { lasting }));
  const found = entriesOf(missing, loaded);
  if (fromPrimary) {
    cache.fill([...found]).catch(() => {
      // The caller has its values; only the next read pays for a cache that is down.
    });
  }
  const absent = missing.filter((_, index) => loaded[index] === undefined);
  if (absent.length > 0) await addAbsent(found, absent, load, store, { lasting, onNoPrimary });
  return keys.map((key, index) => (known[index] === undefined ? (found.get(key) ?? null) : known[index]));
}

/**
 * Looks again for values that were not found: a member learns late which of its newest writes last, and a replica may lack
 * them altogether.
 *
 * @param lasting whether the values were sought only among the writes that last
 */
async function addAbsent<V>(
  found: Map<string, V>,
  absent: string[],
  load: Load<V>,
  store: HasPrimary,
  { lasting, onNoPrimary }: { lasting: boolean; onNoPrimary: (error: unknown) => void },
): Promise<void> {
  const add = (keys: string[], values: readonly (V | null | undefined)[]): string[] => {
    for (const [key, value] of entriesOf(keys, values)) found.set(key, value);
    return keys.filter((_, index) => values[index] === undefined);
  };
  let left = absent;
  if (lasting) {
    const { found: values, fromPrimary } = await readNotingSource(store, () => load(left));
    left = add(left, values);
    if (fromPrimary) return;
  }
  if (left.length > 0) await load(left, { fresh: true }).then((values) => add(left, values), onNoPrimary);
}

function entriesOf<V>(keys: readonly string[], values: readonly (V | null | undefined)[]): Map<string, V> {
  return new Map(keys.flatMap((key, index) => (values[index] ? [[key, values[index]] as const] : [])));
}
