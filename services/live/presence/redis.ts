import { randomUUID } from "node:crypto";
import { messageOf } from "../../../lib/errors.ts";
import type { Call, RedisConnection } from "../../../mixins/redis/connection.ts";
import { PRESENCE_TTL, type Presence } from "./presence.ts";
import { REGISTER, UPDATE, WRITE } from "./scripts.ts";

/** How often a node says that it is there, in milliseconds: two of three may get lost. */
const REFRESH_EVERY = (PRESENCE_TTL * 1000) / 3;
/** Users in one command: some hundred microseconds in which Redis does nothing else. */
const BATCH = 1000;
const REGISTRY = "presence:nodes";
/** A name without its set costs a look and nothing else; so a clock that jumps hides no node for long. In seconds. */
const REGISTERED_FOR = 10 * PRESENCE_TTL;
/** Is in every set, since Redis has no empty ones. */
const NOBODY = "";

/** What this node has in Redis. */
interface Written {
  key: string;
  epoch: string;
}

/**
 * Presence in Redis: each node has one set of the users that are here, which lives {@link PRESENCE_TTL} seconds from
 * its last refreshment, and a registry names all sets. Each set has a name of its own, so that no node inherits
 * another's users.
 *
 * The node itself knows best who is here. Changes are written together, as many as have come up; whenever Redis may
 * have lost one (it did not answer, the set is gone, or its epoch is another one), all are written anew, as a new set.
 */
export class RedisPresence implements Presence {
  readonly #redis: RedisConnection;
  readonly #log: { debug(...what: unknown[]): void };
  readonly #here = new Set<string>();
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
    this.#here.delete(userId);
    this.#changed.add(userId);
    return this.#write();
  }

  async away(userIds: readonly string[]): Promise<string[]> {
    const here = new Set<string>();
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
    for (const [index, answer] of answers.entries()) {
      const part = parts[index % parts.length]!;
      for (const [at, found] of (answer as number[]).entries()) if (found === 1) here.add(part[at]!);
    }
    return userIds.filter((id) => !here.has(id));
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await (this.#next ?? this.#writing);
    if (!this.#written) return;
    const { key } = this.#written;
    this.#written = null;
    await this.#redis
      .runAll([
        { command: "unlink", keys: [key] },
        { command: "zrem", keys: [REGISTRY], args: [key] },
      ])
      .catch((error: unknown) => this.#log.debug("This node's presence ends by itself:", messageOf(error)));
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

  /** @returns whether the set holds all that was ever written to it */
  async #update({ key, epoch }: Written, changed: readonly string[]): Promise<boolean> {
    const parts = changed.length > 0 ? inBatches(changed) : [[]];
    const calls = parts.map((part): Call => {
      const came = part.filter((id) => this.#here.has(id));
      const went = part.filter((id) => !this.#here.has(id));
      return { command: UPDATE, keys: [key], args: [PRESENCE_TTL * 1000, came.length, ...came, ...went] };
    });
    const [, ...epochs] = await this.#redis.runAll([register(key), ...calls]);
    return epochs.every((now) => now === epoch);
  }

  async #writeAnew(old: string | null): Promise<Written | null> {
    const key = `presence:node:${randomUUID()}`;
    const calls = inBatches([NOBODY, ...this.#here]).map((part): Call => ({
      command: WRITE,
      keys: [key],
      args: [PRESENCE_TTL * 1000, ...part],
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
  return sets.flatMap((key) => parts.map((part) => ({ command: "smismember", keys: [key], args: part })));
}

function inBatches(userIds: readonly string[]): string[][] {
  return Array.from({ length: Math.ceil(userIds.length / BATCH) }, (_, i) => userIds.slice(i * BATCH, (i + 1) * BATCH));
}
