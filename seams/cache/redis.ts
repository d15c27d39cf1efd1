import { LRUCache } from "lru-cache";
import type { RedisConnection } from "../redis/connection.ts";
import type { Cache, CacheOptions } from "./cache.ts";

/**
 * How long a writer remembers what it has put, in seconds: more than Redis loses at most when it is killed (one or two
 * seconds with an append-only file) or a replica takes over (how far it lags).
 */
const REMEMBERED = 30;

/**
 * The cache in Redis, each value as JSON under a key of its own, so that keys spread over the slots of a cluster.
 *
 * A Redis that came back may have lost what was put last, and have again what it replaced. So a writer that sees a
 * server come back repeats its last words there: what is absent stays absent, and what was changed is forgotten, since
 * another writer may have changed it again.
 */
export class RedisCache<V extends object> implements Cache<V> {
  readonly #redis: RedisConnection;
  readonly #prefix: string;
  readonly #ttl: number;
  /** Whether the value that was put is an absence, by key. */
  readonly #put: LRUCache<string, { absent: boolean }>;

  constructor(redis: RedisConnection, { name, ttl, max }: CacheOptions) {
    this.#redis = redis;
    this.#prefix = `cache:${name}:`;
    this.#ttl = ttl;
    this.#put = new LRUCache({ max, ttl: REMEMBERED * 1000 });
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

  /** The connection is the node's to close. */
  close(): Promise<void> {
    this.#put.clear();
    return Promise.resolve();
  }

  #set(key: string, value: V | null, ...how: string[]) {
    return { command: "set", keys: [this.#prefix + key], args: [JSON.stringify(value), "EX", this.#ttl, ...how] };
  }

  #repeat(): void {
    const calls = [...this.#put].map(([key, { absent }]) =>
      absent ? this.#set(key, null) : { command: "del", keys: [this.#prefix + key] },
    );
    this.#redis.runAll(calls).catch(() => {
      // It is gone again; when it is back, this is repeated.
    });
  }
}
