import { Cluster, Command, type ClusterOptions, Redis, type RedisOptions } from "ioredis";
import { messageOf } from "../../lib/errors.ts";
import { type Address, parseRedisUrl, type RedisPlace } from "../../config/redis-url.ts";

/**
 * How long a server with commands before it may keep silent before the connection counts as dead, in milliseconds. It
 * is waited for once in an outage; shorter, and a busy machine that stalls for a moment is taken for one.
 */
const SILENCE_LIMIT = 1000;
const CONNECT_LIMIT = 1000;
/** The longest wait between two attempts to connect, in milliseconds: an outage's end is noticed within that. */
const LONGEST_WAIT = 1000;
/** How often a cluster is asked which node has which slots, in milliseconds. */
const SLOTS_EVERY = 2000;

/** A Lua script, and the name under which the client knows it. */
export interface Script {
  readonly name: string;
  readonly lua: string;
}

/** A command or a script, on keys that lie in one slot. */
export interface Call {
  command: string | Script;
  keys: readonly string[];
  args?: readonly (string | number)[];
}

/** Where what went wrong is told, such as Moleculer's logger. */
export interface Log {
  info(...what: unknown[]): void;
  warn(...what: unknown[]): void;
}

type Client = Redis | Cluster;
type Pipeline = ReturnType<Client["pipeline"]>;
/** A command as the client has it for each name, scripts included. */
type Method = (keyCount: number, ...args: (string | number)[]) => unknown;

/**
 * The way to Redis: one server, the master that Sentinels name, or a cluster.
 *
 * The connection is its own circuit breaker. When the server keeps silent for a second, the connection is dropped,
 * and whatever waited for an answer fails with it; from then on everything fails at once, until a new connection has
 * answered. So an outage costs those who are waiting when it begins a second, and nobody anything after that.
 * Nothing is queued, and nothing sent twice: whether a command that failed was carried out is not known.
 */
export class RedisConnection {
  /** For libraries that take ioredis's client. */
  readonly client: Client;
  readonly #log: Log;
  readonly #listeners: (() => void)[] = [];
  readonly #scripts = new Set<Script>();
  #down = false;

  /** @throws Error when the address is none; config.ts has checked it */
  constructor(url: string, log: Log) {
    const place = parseRedisUrl(url);
    if (!place) throw new Error("REDIS_URL is no address of a Redis");
    this.#log = log;
    this.client = this.#connect(place);
  }

  get isCluster(): boolean {
    return this.client instanceof Cluster;
  }

  /** Calls back whenever a connection to a server was made: the first one, and after each outage or fail-over. */
  onReady(listener: () => void): void {
    this.#listeners.push(listener);
  }

  /** @throws what the server or the client says: it is to be met with doing without Redis */
  async run(call: Call): Promise<unknown> {
    this.#prepare([call]);
    return await send(this.client, call);
  }

  /**
   * Sends many commands in one go, to each node of a cluster those that are its.
   *
   * @returns their results, in the order of the calls
   * @throws the first failure, when all have been tried
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

  /** @returns the values of keys anywhere in the cluster, null for what is not there */
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

  #connect(place: RedisPlace): Client {
    const { addresses, name, username, password, db, tls } = place;
    const options: RedisOptions = {
      username: username!,
      password: password!,
      db,
      ...(tls && { tls: {} }),
      connectTimeout: CONNECT_LIMIT,
      socketTimeout: SILENCE_LIMIT,
      enableOfflineQueue: false,
      maxRetriesPerRequest: 0,
      autoResendUnfulfilledCommands: false,
      retryStrategy,
      // A master that became a replica refuses writes: find the new one.
      reconnectOnError: (error) => error.message.includes("READONLY"),
    };
    if (place.kind === "cluster") return this.#connectCluster(addresses, options);
    const client =
      place.kind === "sentinel"
        ? new Redis({
            ...options,
            sentinels: addresses,
            name,
            sentinelRetryStrategy: retryStrategy,
            // An old master that came back still answers for a while: leave it when the Sentinels say so.
            failoverDetector: true,
          })
        : new Redis({ ...options, ...addresses[0]! });
    this.#watch(client);
    return client;
  }

  #connectCluster(addresses: readonly Address[], redisOptions: RedisOptions): Cluster {
    const options: ClusterOptions = {
      redisOptions,
      enableOfflineQueue: false,
      clusterRetryStrategy: retryStrategy,
      // A node that does not answer stays known as such, so that its commands fail at once.
      clusterNodeRetryStrategy: retryStrategy,
      slotsRefreshInterval: SLOTS_EVERY,
      retryDelayOnFailover: 0,
      retryDelayOnClusterDown: 0,
    };
    const cluster = new Cluster([...addresses], options);
    cluster.on("+node", (node: Redis) => this.#watch(node));
    cluster.on("error", (error: Error) => this.#noteFailure(error));
    return cluster;
  }

  #watch(client: Redis): void {
    client.on("error", (error: Error) => this.#noteFailure(error));
    client.on("ready", () => {
      if (this.#down) this.#log.info("Redis answers again.");
      this.#down = false;
      for (const listener of this.#listeners) listener();
    });
  }

  #noteFailure(error: Error): void {
    if (!this.#down) this.#log.warn("Redis does not answer, so all goes on without it, slower:", messageOf(error));
    this.#down = true;
  }

  /** Makes the scripts known to the client. */
  #prepare(calls: readonly Call[]): void {
    const { client } = this;
    // A cluster's client would wait for the cluster, however long that takes.
    if (client.status !== "ready") throw new Error(`Redis is not connected (${client.status})`);
    for (const { command } of calls) {
      if (typeof command === "string" || this.#scripts.has(command)) continue;
      client.defineCommand(command.name, { lua: command.lua });
      this.#scripts.add(command);
    }
  }

  /** The indexes of the calls, those for one node together. */
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

function retryStrategy(attempt: number): number {
  // Drawn at random, so that not all nodes come at once.
  return Math.min(LONGEST_WAIT, 50 * 2 ** Math.min(attempt, 10)) * (0.5 + Math.random() / 2);
}
