import { randomUUID } from "node:crypto";
import { chunksOf } from "../../lib/chunks.ts";
import type { Call, RedisConnection } from "../redis/connection.ts";
import { BEGIN, FILL, PUSH, READ } from "./scripts.ts";
import {
  BUILD_LIMIT_SECONDS,
  type TimelineSlice,
  type TimelineStore,
  type TimelineStoreOptions,
} from "./timeline-store.ts";

/** Lists per script: a script of this size blocks Redis for one or two milliseconds. */
const BATCH = 500;
/**
 * Users are distributed over this many slots of a cluster: few enough that one script finds many users in a slot, and
 * enough to spread evenly over the nodes.
 */
const BUCKETS = 128;
/** A list is cut only when it is this many ids too long: cutting moves much data, so not every push may do that. */
const SLACK = 40;

/**
 * The timeline store in Redis: one list of ids per user, which Redis packs as integers, with a mark at the end.
 *
 * A list is trusted only in the epoch in which it was begun (see seams/redis/epoch.ts). So no trusted list lacks an
 * acknowledged push, however the two interleave. If the push happened in the epoch of the list, the list has the id,
 * since within an epoch a server loses only whole lists. If it happened in an earlier epoch, the tweet was stored
 * before the list was begun, so the builder has found the tweet. If it happened in a later epoch, the list is no longer
 * trusted. The caller must repeat a failed push (the connection broke, or the server stayed silent); that push may then
 * happen twice.
 *
 * One gap remains: an old master that does not know yet that it was replaced. For a few seconds such a master can
 * acknowledge pushes, and the lists of the new epoch lack these ids until the lists expire. Redis closes this gap with
 * `min-replicas-to-write 1`.
 *
 * Pushes need not check the epoch, because an extra id on an untrusted list does no harm.
 */
export class RedisTimelineStore implements TimelineStore {
  readonly #redis: RedisConnection;
  readonly #length: number;
  readonly #ttlSeconds: number;

  constructor(redis: RedisConnection, { length, ttlSeconds }: TimelineStoreOptions) {
    this.#redis = redis;
    this.#length = length;
    this.#ttlSeconds = ttlSeconds;
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
    const args = [version, this.#ttlSeconds * 1000, BUILD_LIMIT_SECONDS * 1000];
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

  /** Leaves the connection to the node, and the lists to the other nodes. */
  close(): Promise<void> {
    return Promise.resolve();
  }

  /** Groups the users' keys into batches for one call each; in a cluster, a batch has keys of one slot only. */
  #batches(userIds: readonly string[]): string[][] {
    const keys = userIds.map(keyOf);
    const groups = this.#redis.isCluster ? [...Map.groupBy(keys, tagOf).values()] : [keys];
    return groups.flatMap((group) => chunksOf(group, BATCH));
  }
}

/** Redis hashes only the part in braces, so this part decides the slot. */
function keyOf(userId: string): string {
  let hash = 0;
  for (let i = 0; i < userId.length; i++) hash = (hash * 31 + userId.charCodeAt(i)) >>> 0;
  return `timeline:{${hash % BUCKETS}}:${userId}`;
}

function tagOf(key: string): string {
  return key.slice(0, key.indexOf("}"));
}
