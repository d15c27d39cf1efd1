import { LRUCache } from "lru-cache";
import type { RedisConnection } from "../redis/connection.ts";
import type { Cache, CacheOptions } from "./cache.ts";

/**
 * A writer remembers its writes for this long. Redis can only lose more recent ones: those of the last one or two
 * seconds (with an append-only file) when it is killed, or those that a lagging replica lacks when it takes over.
 */
const REMEMBERED_MS = 30_000;

/**
 * The cache in Redis. Each value is JSON under its own key, so that keys spread over the slots of a cluster.
 *
 * A Redis that comes back may have lost the last writes, and then serves the replaced values again. So when a server
 * comes back, each writer repeats its recent writes: it marks absent values as absent again. The entries of changed
 * values it only deletes, since another writer may have changed these values once more.
 */
export class RedisCache<V extends object> implements Cache<V> {
  readonly #redis: RedisConnection;
  readonly #prefix: string;
  readonly #ttlSeconds: number;
  /** Recent writes by key, and whether each marked its value as absent. */
  readonly #put: LRUCache<string, { absent: boolean }>;

  constructor(redis: RedisConnection, { name, ttlSeconds, max }: CacheOptions) {
    this.#redis = redis;
    this.#prefix = `cache:${name}:`;
    this.#ttlSeconds = ttlSeconds;
    this.#put = new LRUCache({ max, ttl: REMEMBERED_MS });
    redis.onReady(() => this.#repeat());
  }

  async getMany(keys: readonly string[]): Promise<(V | null | undefined)[]> {
    const texts = await this.#redis.getMany(keys.map((key) => this.#prefix + key));
    return texts.map((text) => (text === null ? undefined : (JSON.parse(text) as V | null)));
  }

  async fill(entries: readonly (readonly [string, V])[]): Promise<void> {
    await this.#redis.runAll(entries.map(([key, value]) => this.#set(key, value, "NX")));
  }

  async put(key: string, value: V | null): Promise<void> {
    this.#put.set(key, { absent: value === null });
    await this.#redis.run(this.#set(key, value));
  }

  /** Leaves the connection open; the node closes it. */
  close(): Promise<void> {
    this.#put.clear();
    return Promise.resolve();
  }

  #set(key: string, value: V | null, ...how: string[]) {
    return {
      command: "set",
      keys: [this.#prefix + key],
      args: [JSON.stringify(value), "EX", this.#ttlSeconds, ...how],
    };
  }

  #repeat(): void {
    const calls = [...this.#put].map(([key, { absent }]) =>
      absent ? this.#set(key, null) : { command: "del", keys: [this.#prefix + key] },
    );
    this.#redis.runAll(calls).catch(() => {
      // Redis is down again; the writes are repeated when it comes back.
    });
  }
}
