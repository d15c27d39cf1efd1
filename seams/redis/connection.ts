import { Cluster, Command, type Redis } from "ioredis";
import type { Login } from "../../config/addresses.ts";
import { readTlsFiles, type TlsFiles } from "../../config/files.ts";
import { parseRedisUrl } from "../../config/redis-url.ts";
import { messageOf } from "../../lib/errors.ts";
import { createReminder } from "../../lib/reminder.ts";
import { batchWrites } from "./batch-writes.ts";
import { type Client, createClient } from "./client.ts";
import { redisRefusalOf } from "./refusals.ts";

/** A Lua script, and its name as a command of the client. */
export interface Script {
  readonly name: string;
  readonly lua: string;
}

/** A command or a script. All keys must be in one slot. */
export interface Call {
  command: string | Script;
  keys: readonly string[];
  args?: readonly (string | number)[];
}

/** The log for outages, such as Moleculer's logger. */
export interface Log {
  info(...what: unknown[]): void;
  warn(...what: unknown[]): void;
  error(...what: unknown[]): void;
}

/** What `REDIS_URL` does not hold. */
export interface RedisSettings {
  files?: TlsFiles;
  sentinelLogin?: Login | null;
}

/** While Redis refuses this node, the log says so this often. */
const REMINDER_INTERVAL_MS = 30_000;

type Pipeline = ReturnType<Client["pipeline"]>;
/** A script as a method of the client. */
type Method = (keyCount: number, ...args: (string | number)[]) => unknown;

/**
 * The connection to Redis: to one server, to the master that Sentinels name, or to a cluster.
 *
 * The connection is its own circuit breaker. When a server stays silent for a second, its connection is dropped and all
 * pending commands fail. Further commands fail at once, until a new connection has answered. So an outage costs callers
 * a second when it begins, and nothing afterwards. Commands are neither queued nor sent twice, because a failed command
 * may have been executed.
 */
export class RedisConnection {
  /** For libraries that expect ioredis's client. */
  readonly client: Client;
  readonly #log: Log;
  readonly #listeners: (() => void)[] = [];
  readonly #scripts = new Set<Script>();
  readonly #reminder = createReminder(REMINDER_INTERVAL_MS);
  #down = false;
  #wasReady = false;
  #refusal: string | null = null;

  /**
   * @throws ConfigError when one of the files can't be used; Error when the address is invalid, which the configuration
   *   has already checked
   */
  constructor(url: string, log: Log, { files = {}, sentinelLogin = null }: RedisSettings = {}) {
    const place = parseRedisUrl(url);
    if (!place) throw new Error("REDIS_URL is not the address of a Redis");
    this.#log = log;
    this.client = createClient(
      place,
      { tls: readTlsFiles("REDIS", files), sentinelLogin },
      (server) => this.#watch(server),
      (error) => this.#noteFailure(error),
    );
  }

  /**
   * Why Redis has refused this node ever since its start, for an operator; else null. A node that was once connected
   * goes on without Redis, as in an outage.
   */
  get refusal(): string | null {
    return this.#wasReady ? null : this.#refusal;
  }

  get isCluster(): boolean {
    return this.client instanceof Cluster;
  }

  /**
   * Calls the listener at each new connection to a server: at the first, and at each after an outage or a fail-over.
   */
  onReady(listener: () => void): void {
    this.#listeners.push(listener);
  }

  /** @throws errors of the server or the client; callers must then work without Redis */
  async run(call: Call): Promise<unknown> {
    this.#prepare([call]);
    return await send(this.client, call);
  }

  /**
   * Sends many commands at once: one pipeline for each node of a cluster.
   *
   * @returns the results, in the order of the calls
   * @throws the first failure, after all calls were tried
   */
  async runAll(calls: readonly Call[]): Promise<unknown[]> {
    if (calls.length === 0) return [];
    this.#prepare(calls);
    const results = new Array<unknown>(calls.length);
    const failures: Error[] = [];
    const sendGroup = async (indexes: number[]) => {
      const pipeline = this.client.pipeline();
      for (const index of indexes) send(pipeline, calls[index]!);
      const answers = await pipeline.exec();
      for (const [at, [error, result]] of (answers ?? []).entries()) {
        if (error) failures.push(error);
        else results[indexes[at]!] = result;
      }
    };
    await Promise.all(this.#byNode(calls).map(sendGroup));
    if (failures[0]) throw failures[0];
    return results;
  }

  /** @returns the values of keys in any slots, null for missing keys */
  async getMany(keys: readonly string[]): Promise<(string | null)[]> {
    const values =
      this.client instanceof Cluster || keys.length === 0
        ? await this.runAll(keys.map((key) => ({ command: "get", keys: [key] })))
        : await this.run({ command: "mget", keys });
    return values as (string | null)[];
  }

  close(): Promise<void> {
    this.client.disconnect();
    return Promise.resolve();
  }

  #watch(client: Redis): void {
    batchWrites(client);
    client.on("error", (error: Error) => this.#noteFailure(error));
    client.on("ready", () => {
      if (this.#down) this.#log.info("Redis answers again.");
      this.#down = false;
      this.#wasReady = true;
      this.#reminder.reset();
      for (const listener of this.#listeners) listener();
    });
  }

  #noteFailure(error: Error): void {
    const refusal = redisRefusalOf(error);
    if (refusal !== null) {
      this.#refusal = refusal;
      if (this.#reminder.isDue()) this.#log.error(`${refusal}. Trying again; until then, Starling is slower`);
    } else if (!this.#down) {
      // The client of a cluster does not tell why TLS failed.
      const hint =
        this.client instanceof Cluster && this.client.options.redisOptions?.tls
          ? ". Check REDIS_CA and REDIS_CERT, too"
          : "";
      this.#log.warn(`Redis does not answer; Starling goes on without it, more slowly: ${messageOf(error)}${hint}`);
    }
    this.#down = true;
  }

  /** Defines new scripts as commands of the client. @throws Error while the client is not connected */
  #prepare(calls: readonly Call[]): void {
    const { client } = this;
    // A cluster's client would wait without limit until the cluster answers.
    if (client.status !== "ready") throw new Error(`Redis is not connected (${client.status})`);
    for (const { command } of calls) {
      if (typeof command === "string" || this.#scripts.has(command)) continue;
      client.defineCommand(command.name, { lua: command.lua });
      this.#scripts.add(command);
    }
  }

  /** @returns the indexes of the calls, grouped by node */
  #byNode(calls: readonly Call[]): number[][] {
    const { client } = this;
    if (!(client instanceof Cluster)) return [[...calls.keys()]];
    const groups = Map.groupBy(calls.keys(), (index) => client.slots[slotOf(calls[index]!.keys[0]!)]?.join());
    return [...groups.values()];
  }
}

function send(to: Client | Pipeline, { command, keys, args = [] }: Call): unknown {
  if (typeof command === "string") return to.call(command, ...keys, ...args);
  const methods = to as unknown as Record<string, Method>;
  return methods[command.name]!(keys.length, ...keys, ...args);
}

function slotOf(key: string): number {
  return new Command("get", [key]).getSlot();
}
