import { randomUUID } from "node:crypto";
import { messageOf } from "../../lib/errors.ts";
import type { Call, RedisConnection } from "../redis/connection.ts";
import { createDepartures } from "./departures.ts";
import { LEFT_FOR, PRESENCE_TTL, type Presence } from "./presence.ts";
import { REGISTER, UPDATE, WRITE } from "./scripts.ts";

/** How often a node says that it is there, in milliseconds: two of three may get lost. */
const REFRESH_EVERY = (PRESENCE_TTL * 1000) / 3;
/** How far the clocks of two nodes may be apart, in milliseconds: those that are kept by NTP are nearer to each other. */
const CLOCKS_APART = 100;
/** Users in one command: some hundred microseconds in which Redis does nothing else. */
const BATCH = 1000;
const REGISTRY = "presence:nodes";
/** A name without its set costs a look and nothing else; so a clock that jumps hides no node for long. In seconds. */
const REGISTERED_FOR = LEFT_FOR;
/** Is in every set, since Redis has no empty ones. */
const NOBODY = "";
/** The score of those who are here; of those who have left it is the time of that, in milliseconds since 1970. */
const HERE = "inf";

/** What this node has in Redis. */
interface Written {
  key: string;
  epoch: string;
}

/**
 * Presence in Redis: each node has one sorted set of the users that are here or have left, which lives
 * {@link PRESENCE_TTL} seconds from its last refreshment, and a registry names all sets. Each set has a name of its own,
 * so that no node inherits another's users.
 *
 * The node itself knows best who is here. Changes are written together, as many as have come up; whenever Redis may
 * have lost one (it did not answer, the set is gone, or its epoch is another one), all are written anew, as a new set.
 */
export class RedisPresence implements Presence {
  readonly #redis: RedisConnection;
  readonly #log: { debug(...what: unknown[]): void };
  readonly #here = new Set<string>();
  readonly #left = createDepartures();
  /** Users that came or went, and were not written yet. */
  readonly #changed = new Set<string>();
  #written: Written | null = null;
  #writing: Promise<void> = Promise.resolve();
  /** The writing after the one that runs, for everybody who came meanwhile. */
  #next: Promise<void> | null = null;
  #timer: NodeJS.Timeout | undefined;
  /** The sets of all nodes, as they were at the last look. */
  #sets: readonly string[] = [];

  constructor(redis: RedisConnection, log: { debug(...what: unknown[]): void }) {
    this.#redis = redis;
    this.#log = log;
  }

  arrive(userId: string): Promise<void> {
    this.#here.add(userId);
    this.#changed.add(userId);
    this.#timer ??= setInterval(() => void this.#write(), REFRESH_EVERY).unref();
    return this.#write();
  }

  leave(userId: string): Promise<void> {
    this.#depart(userId);
    return this.#write();
  }

  async lastHere(userIds: readonly string[]): Promise<number[]> {
    const parts = inBatches(userIds);
    // Both questions at once; sets that are new to this node are asked afterwards.
    const known = this.#sets;
    const [registered, ...answers] = await this.#redis.runAll([
      { command: "zrange", keys: [REGISTRY], args: [0, -1] },
      ...asks(known, parts),
    ]);
    this.#sets = registered as string[];
    const others = this.#sets.filter((key) => !known.includes(key));
    answers.push(...(await this.#redis.runAll(asks(others, parts))));
    const found = userIds.map(() => -Infinity);
    for (const [index, scores] of (answers as (string | null)[][]).entries()) {
      const start = (index % parts.length) * BATCH;
      for (const [at, score] of scores.entries()) found[start + at] = Math.max(found[start + at]!, hereUntil(score));
    }
    return found;
  }

  /** Whoever is here has left then; that is known for as long as it would be if the node went on. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    for (const userId of [...this.#here]) this.#depart(userId);
    await (this.#next ?? this.#writing);
    if (!this.#written) return;
    const written = this.#written;
    this.#written = null;
    await this.#update(written, [...this.#changed], LEFT_FOR).catch((error: unknown) =>
      this.#log.debug("This node's presence ends by itself:", messageOf(error)),
    );
  }

  #depart(userId: string): void {
    if (this.#here.delete(userId)) this.#left.set(userId, Date.now());
    this.#changed.add(userId);
  }

  /** Resolves when all changes up to now are written, or are known as such that must be written later. */
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
      this.#log.debug("Presence could not be written, trying again:", messageOf(error));
    }
  }

  /**
   * @param ttl in seconds
   * @returns whether the set holds all that was ever written to it
   */
  async #update({ key, epoch }: Written, changed: readonly string[], ttl = PRESENCE_TTL): Promise<boolean> {
    const forgotten = Date.now() - LEFT_FOR * 1000;
    const parts = changed.length > 0 ? inBatches(changed) : [[]];
    const calls = parts.map((part): Call => ({
      command: UPDATE,
      keys: [key],
      args: [ttl * 1000, forgotten, ...this.#scored(part)],
    }));
    const [, ...epochs] = await this.#redis.runAll([register(key), ...calls]);
    return epochs.every((now) => now === epoch);
  }

  /** @returns each user after the score; one who left so long ago that it is forgotten here is so there too */
  #scored(userIds: readonly string[]): (string | number)[] {
    return userIds.flatMap((id) => [id === NOBODY || this.#here.has(id) ? HERE : (this.#left.get(id) ?? 0), id]);
  }

  async #writeAnew(old: string | null): Promise<Written | null> {
    const key = `presence:node:${randomUUID()}`;
    const calls = inBatches([NOBODY, ...this.#here, ...this.#left.keys()]).map((part): Call => ({
      command: WRITE,
      keys: [key],
      args: [PRESENCE_TTL * 1000, ...this.#scored(part)],
    }));
    const forgetting: Call[] = old === null ? [] : [{ command: "unlink", keys: [old] }];
    const results = await this.#redis.runAll([...calls, register(key), ...forgetting]);
    const epochs = results.slice(0, calls.length) as string[];
    const epoch = epochs[0]!;
    return epochs.every((now) => now === epoch) ? { key, epoch } : null;
  }
}

function register(key: string): Call {
  return { command: REGISTER, keys: [REGISTRY], args: [key, REGISTERED_FOR] };
}

function asks(sets: readonly string[], parts: readonly string[][]): Call[] {
  return sets.flatMap((key) => parts.map((part) => ({ command: "zmscore", keys: [key], args: part })));
}

/** @returns until when somebody was here, at the latest: the clock that says it may be behind others */
function hereUntil(score: string | null): number {
  if (score === null) return -Infinity;
  return score === HERE ? Infinity : Number(score) + CLOCKS_APART;
}

function inBatches(userIds: readonly string[]): string[][] {
  return Array.from({ length: Math.ceil(userIds.length / BATCH) }, (_, i) => userIds.slice(i * BATCH, (i + 1) * BATCH));
}
