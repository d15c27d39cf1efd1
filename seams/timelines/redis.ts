import { randomUUID } from "node:crypto";
import type { Call, RedisConnection } from "../redis/connection.ts";
import { BEGIN, FILL, PUSH, READ } from "./scripts.ts";
import { BUILD_TIME, type TimelineSlice, type TimelineStore, type TimelineStoreOptions } from "./timeline-store.ts";

/** Lists that one script pushes onto: one or two milliseconds in which Redis does nothing else. */
const BATCH = 500;
/**
 * Users are shared out over so many slots of a cluster. Few, so that a script finds many users in one slot; many, so
 * that the slots fall evenly on the nodes.
 */
const BUCKETS = 128;
/** Ids by which a list may be too long before it is cut: so cutting, which moves much, comes to one push in so many. */
const SLACK = 40;

/**
 * The timeline store in Redis: a list of ids for each user, which Redis packs as integers, with a mark at its end.
 *
 * A list is believed only in the epoch in which it was begun (see seams/redis/epoch.ts). That makes it right in every
 * interleaving. A push counts only when the server has acknowledged it. It was carried out by some process in some
 * epoch: in that of the list, then the list has it, since within an epoch a server loses nothing but whole lists; or in
 * an earlier one, then the tweet was in the store before the list was begun, and its builder has found it there; or in
 * a later one, in which the list is not believed any more. A push that failed, because the connection broke or the
 * server kept silent, is for the caller to repeat, and may come twice. What remains is an old master that does not know
 * yet that it was replaced: for those seconds it can acknowledge pushes that lists of the new epoch lack, until they
 * end after their time to live. Redis closes that window with `min-replicas-to-write 1`.
 *
 * Pushes need no epoch: an id too many on a list that nobody believes harms nobody.
 */
export class RedisTimelineStore implements TimelineStore {
  readonly #redis: RedisConnection;
  readonly #length: number;
  readonly #ttl: number;

  constructor(redis: RedisConnection, { length, ttl }: TimelineStoreOptions) {
    this.#redis = redis;
    this.#length = length;
    this.#ttl = ttl;
  }

  async push(id: string, userIds: readonly string[]): Promise<void> {
    const args = [id, this.#length, SLACK];
    await this.#redis.runAll(this.#batches(userIds).map((keys) => ({ command: PUSH, keys, args })));
  }

  async read(
    userId: string,
    { before = "", limit }: { before?: string | undefined; limit: number },
  ): Promise<TimelineSlice | null> {
    const args = [before, limit, this.#length];
    const reply = await this.#redis.run({ command: READ, keys: [keyOf(userId)], args });
    if (reply === null) return null;
    const [complete, version, tail, ids] = reply as [string, string, string, string[]];
    return { ids, tail: tail || null, complete: complete === "1", version };
  }

  async begin(userId: string): Promise<string | null> {
    const version = randomUUID();
    const args = [version, this.#ttl * 1000, BUILD_TIME * 1000];
    const begun = await this.#redis.run({ command: BEGIN, keys: [keyOf(userId)], args });
    return begun === 1 ? version : null;
  }

  async fill(userId: string, token: string, ids: readonly string[], complete: boolean): Promise<boolean> {
    const falling = [...new Set(ids)].sort().reverse();
    const args = [token, complete ? "1" : "0", this.#length, ...falling];
    return (await this.#redis.run({ command: FILL, keys: [keyOf(userId)], args })) === 1;
  }

  async drop(userIds: readonly string[]): Promise<void> {
    await this.#redis.runAll(this.#batches(userIds).map((keys): Call => ({ command: "del", keys })));
  }

  /** The connection is the node's to close; the lists stay for the other nodes. */
  close(): Promise<void> {
    return Promise.resolve();
  }

  /** The users' keys in groups that one call may name: in a cluster those of one slot. */
  #batches(userIds: readonly string[]): string[][] {
    const keys = userIds.map(keyOf);
    const groups = this.#redis.isCluster ? [...Map.groupBy(keys, tagOf).values()] : [keys];
    return groups.flatMap((group) =>
      Array.from({ length: Math.ceil(group.length / BATCH) }, (_, i) => group.slice(i * BATCH, (i + 1) * BATCH)),
    );
  }
}

/** The part in braces alone decides on a key's slot. */
function keyOf(userId: string): string {
  let hash = 0;
  for (let i = 0; i < userId.length; i++) hash = (hash * 31 + userId.charCodeAt(i)) >>> 0;
  return `timeline:{${hash % BUCKETS}}:${userId}`;
}

function tagOf(key: string): string {
  return key.slice(0, key.indexOf("}"));
}
