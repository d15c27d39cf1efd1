import { createLru } from "../../lib/lru.ts";
import type { Cache, CacheOptions } from "./cache.ts";

/** The embedded cache. There is one process, so every reader sees the entries of every writer. */
export class MemoryCache<V extends object> implements Cache<V> {
  readonly #entries: ReturnType<typeof createLru<{ value: V | null }>>;

  constructor({ ttlSeconds, max }: CacheOptions) {
    this.#entries = createLru({ max, ttlMs: ttlSeconds * 1000 });
  }

  getMany(keys: readonly string[]): Promise<(V | null | undefined)[]> {
    return Promise.resolve(keys.map((key) => this.#entries.get(key)?.value));
  }

  fill(entries: readonly (readonly [string, V])[]): Promise<void> {
    for (const [key, value] of entries) if (!this.#entries.has(key)) this.#entries.set(key, { value });
    return Promise.resolve();
  }

  put(key: string, value: V | null): Promise<void> {
    this.#entries.set(key, { value });
    return Promise.resolve();
  }

  close(): Promise<void> {
    this.#entries.clear();
    return Promise.resolve();
  }
}
