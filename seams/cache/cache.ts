import { isTransient, UnavailableError } from "../../lib/errors.ts";
import type { Collection, Document, ReadOptions } from "../collections/collection.ts";
import { type HasPrimary, readSurely } from "../collections/primary.ts";

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

/** Loads values, in the order of the keys; null for what is known to be gone, undefined for what is not there. */
export type Load<V> = (missing: string[], options?: ReadOptions) => Promise<(V | null | undefined)[]>;

/** Loads documents by their ids. @param toValue null for a document that says that something is gone */
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
 * Reads through a cache: what it does not know is loaded, and filled in. A cache that is down never fails a read.
 *
 * @param store where it loads from: what was not read from the primary is not kept, since it may be long outdated
 * @returns null for what is absent, or was not found by a replica while there is no primary to ask
 */
export async function readThrough<V>(
  cache: Cache<V>,
  keys: readonly string[],
  load: Load<V>,
  store: HasPrimary,
): Promise<(V | null)[]> {
  return (await look(cache, keys, load, store)).values;
}

/**
 * Reads one value as {@link readThrough} does.
 *
 * @throws UnavailableError when it was not found, and there is no primary to ask whether it is absent
 */
export async function findThrough<V>(
  cache: Cache<V>,
  key: string,
  load: Load<V>,
  store: HasPrimary,
): Promise<V | null> {
  const { values, sure } = await look(cache, [key], load, store);
  const [value = null] = values;
  if (value === null && !sure) throw new UnavailableError("Whether it is there can't be said at the moment");
  return value;
}

/** @returns also whether what was not found is surely absent */
async function look<V>(
  cache: Cache<V>,
  keys: readonly string[],
  load: Load<V>,
  store: HasPrimary,
): Promise<{ values: (V | null)[]; sure: boolean }> {
  const known = await cache.getMany(keys).catch(() => keys.map(() => undefined));
  const missing = [...new Set(keys.filter((_, index) => known[index] === undefined))];
  if (missing.length === 0) return { values: known as (V | null)[], sure: true };
  const { found: loaded, sure } = await readSurely(store, () => load(missing));
  const found = entriesOf(missing, loaded);
  const absent = missing.filter((_, index) => loaded[index] === undefined);
  const isSure = sure || (await addFromPrimary(found, absent, load));
  if (sure) {
    cache.fill([...found]).catch(() => {
      // The values are here; only the next read pays for a cache that is down.
    });
  }
  const values = keys.map((key, index) => (known[index] === undefined ? (found.get(key) ?? null) : known[index]));
  return { values, sure: isSure };
}

/** Looks for what a replica did not have. @returns false when there is no primary that could say */
async function addFromPrimary<V>(found: Map<string, V>, absent: string[], load: Load<V>): Promise<boolean> {
  if (absent.length === 0) return true;
  try {
    for (const [key, value] of entriesOf(absent, await load(absent, { fresh: true }))) found.set(key, value);
    return true;
  } catch (error) {
    if (!isTransient(error)) throw error;
    return false;
  }
}

function entriesOf<V>(keys: readonly string[], values: readonly (V | null | undefined)[]): Map<string, V> {
  return new Map(keys.flatMap((key, index) => (values[index] ? [[key, values[index]] as const] : [])));
}
