import { randomUUID } from "node:crypto";
import { chunksOf } from "../../lib/chunks.ts";
import { messageOf } from "../../lib/errors.ts";
import type { Call, RedisConnection } from "../redis/connection.ts";
import { createDepartures } from "./departures.ts";
import { DEPARTURE_TTL_SECONDS, PRESENCE_TTL_SECONDS, type Presence } from "./presence.ts";
import { REGISTER, UPDATE, WRITE } from "./scripts.ts";

/** A node refreshes its set this often, so that two of three refreshes may get lost. */
const REFRESH_INTERVAL_MS = (PRESENCE_TTL_SECONDS * 1000) / 3;
/** The clocks of two nodes may differ by this much; NTP keeps them closer together. */
const CLOCK_SKEW_MS = 100;
/** Users per command: a command of this size blocks Redis for a few hundred microseconds. */
const BATCH = 1000;
const REGISTRY = "presence:nodes";
/**
 * A set stays registered for this long after its last write. The time is long, so that a clock that jumps can't hide a
 * node; a registered name without a set costs only a lookup.
 */
const REGISTRATION_TTL_SECONDS = DEPARTURE_TTL_SECONDS;
/** A member of every set, because Redis has no empty sets. */
const NOBODY = "";
/** The score of present users. The score of a departed user is the departure time, in milliseconds since 1970. */
const HERE = "inf";

/** The set of this node in Redis. */
interface Written {
  key: string;
  epoch: string;
}

/**
 * Presence in Redis. Each node has one sorted set of its present and departed users, which expires
 * {@link PRESENCE_TTL_SECONDS} after its last refresh. A registry names all sets. Each set has a unique name, so that
 * no node inherits the users of another.
 *
 * The node itself is the authority on its users. It writes pending changes together. Whenever Redis may have lost a
 * change (it did not answer, the set is gone, or the epoch has changed), the node writes all its users again, as a new
 * set.
 */
export class RedisPresence implements Presence {
  readonly #redis: RedisConnection;
  readonly #log: { debug(...what: unknown[]): void };
  readonly #here = new Set<string>();
  readonly #left = createDepartures();
  /** Users whose arrival or departure is not written yet. */
  readonly #changed = new Set<string>();
  #written: Written | null = null;
  #writing: Promise<void> = Promise.resolve();
  /** The write after the running one; it covers all changes made meanwhile. */
  #next: Promise<void> | null = null;
  #timer: NodeJS.Timeout | undefined;
  /** The sets of all nodes, as of the last query. */
  #sets: readonly string[] = [];

  constructor(redis: RedisConnection, log: { debug(...what: unknown[]): void }) {
    this.#redis = redis;
    this.#log = log;
  }

  arrive(userId: string): Promise<void> {
    this.#here.add(userId);
    this.#changed.add(userId);
    this.#timer ??= setInterval(() => void this.#write(), REFRESH_INTERVAL_MS).unref();
    return this.#write();
  }

  leave(userId: string): Promise<void> {
    this.#depart(userId);
    return this.#write();
  }

  async lastHere(userIds: readonly string[]): Promise<number[]> {
    const parts = chunksOf(userIds, BATCH);
    // Query the registry and the known sets at once; sets that are new to this node follow.
    const known = this.#sets;
    const [registered, ...answers] = await this.#redis.runAll([
      { command: "zrange", keys: [REGISTRY], args: [0, -1] },
      ...scoreQueries(known, parts),
    ]);
    this.#sets = registered as string[];
    const others = this.#sets.filter((key) => !known.includes(key));
    answers.push(...(await this.#redis.runAll(scoreQueries(others, parts))));
    const found = userIds.map(() => -Infinity);
    for (const [index, scores] of (answers as (string | null)[][]).entries()) {
      const start = (index % parts.length) * BATCH;
      for (const [at, score] of scores.entries()) found[start + at] = Math.max(found[start + at]!, hereUntil(score));
    }
    return found;
  }

  /** Marks present users as departed. Their departures are remembered as long as those from a running node. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    for (const userId of [...this.#here]) this.#depart(userId);
    await (this.#next ?? this.#writing);
    if (!this.#written) return;
    const written = this.#written;
    this.#written = null;
    await this.#update(written, [...this.#changed], DEPARTURE_TTL_SECONDS).catch((error: unknown) =>
      this.#log.debug("The presence of this node could not be removed, and expires by itself:", messageOf(error)),
    );
  }

  #depart(userId: string): void {
    if (this.#here.delete(userId)) this.#left.set(userId, Date.now());
    this.#changed.add(userId);
  }

  /** Resolves when all changes up to now are written, or are marked for a later write. */
  #write(): Promise<void> {
    this.#next ??= this.#writing.then(() => {
      this.#next = null;
      this.#writing = this.#writeNow();
      return this.#writing;
    });
    return this.#next;
  }

  async #writeNow(): Promise<void> {
    const changed = [...this.#changed];
    this.#changed.clear();
    const { key = null } = this.#written ?? {};
    try {
      if (this.#written && (await this.#update(this.#written, changed))) return;
      this.#written = null;
      this.#written = await this.#writeAnew(key);
    } catch (error) {
      this.#written = null;
      this.#log.debug("Presence could not be written; retrying:", messageOf(error));
    }
  }

  /**
   * @param ttlSeconds lifetime of the set from now
   * @returns whether the set contains everything that was ever written to it
   */
  async #update(
    { key, epoch }: Written,
    changed: readonly string[],
    ttlSeconds = PRESENCE_TTL_SECONDS,
  ): Promise<boolean> {
    const forgotten = Date.now() - DEPARTURE_TTL_SECONDS * 1000;
    const parts = changed.length > 0 ? chunksOf(changed, BATCH) : [[]];
    const calls = parts.map((part): Call => ({
      command: UPDATE,
      keys: [key],
      args: [ttlSeconds * 1000, forgotten, ...this.#scored(part)],
    }));
    const [, ...epochs] = await this.#redis.runAll([register(key), ...calls]);
    return epochs.every((now) => now === epoch);
  }

  /** @returns score and id of each user; a departure forgotten here gets score 0, so that Redis forgets it as well */
  #scored(userIds: readonly string[]): (string | number)[] {
    return userIds.flatMap((id) => [id === NOBODY || this.#here.has(id) ? HERE : (this.#left.get(id) ?? 0), id]);
  }

  async #writeAnew(old: string | null): Promise<Written | null> {
    const key = `presence:node:${randomUUID()}`;
    const calls = chunksOf([NOBODY, ...this.#here, ...this.#left.keys()], BATCH).map((part): Call => ({
      command: WRITE,
      keys: [key],
      args: [PRESENCE_TTL_SECONDS * 1000, ...this.#scored(part)],
    }));
    const forgetting: Call[] = old === null ? [] : [{ command: "unlink", keys: [old] }];
    const results = await this.#redis.runAll([...calls, register(key), ...forgetting]);
    const epochs = results.slice(0, calls.length) as string[];
    const epoch = epochs[0]!;
    return epochs.every((now) => now === epoch) ? { key, epoch } : null;
  }
}

function register(key: string): Call {
  return { command: REGISTER, keys: [REGISTRY], args: [key, REGISTRATION_TTL_SECONDS] };
}

function scoreQueries(sets: readonly string[], parts: readonly string[][]): Call[] {
  return sets.flatMap((key) => parts.map((part) => ({ command: "zmscore", keys: [key], args: part })));
}

/** @returns the latest time at which the user may have been present: the clock of the writing node may be behind */
function hereUntil(score: string | null): number {
  if (score === null) return -Infinity;
  return score === HERE ? Infinity : Number(score) + CLOCK_SKEW_MS;
}
