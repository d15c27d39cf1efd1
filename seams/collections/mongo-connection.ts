import { setTimeout as pause } from "node:timers/promises";
import { type Db, MongoClient, type MongoClientOptions, MongoError, type TopologyDescription, type W } from "mongodb";
import { ConfigError, messageOf, UnavailableError } from "../../lib/errors.ts";
import { StoreUnusableError } from "./collection.ts";

/** Every operation on MongoDB succeeds or fails within this time. */
export const DEADLINE_MS = 5000;

/** An operation waits this long for a primary, or for any member that may answer. */
const SELECTION_LIMIT_MS = 4000;

/**
 * Our defaults for the driver; `MONGO_URL` overrides them. The driver has no deadline for a whole operation
 * (`timeoutMS` no longer has an effect), so each of its steps has one.
 */
const DEFAULT_OPTIONS: MongoClientOptions = {
  appName: "starling",
  // Reads continue without a primary.
  readPreference: "primaryPreferred",
  // A hanging member is noticed after at most the sum of these two; pending operations then go to another member.
  heartbeatFrequencyMS: 1000,
  connectTimeoutMS: 1500,
  serverSelectionTimeoutMS: SELECTION_LIMIT_MS,
  waitQueueTimeoutMS: 3000,
  socketTimeoutMS: DEADLINE_MS,
  // Per member. MongoDB spends a thread and about a megabyte on each connection, and there are many nodes.
  maxPoolSize: 50,
};

/**
 * The server waits this long for a majority. Without a limit, each write that its caller has given up on would hold a
 * connection until there is a majority again.
 */
const MAJORITY_LIMIT_MS = 4000;

/** While MongoDB is missing, the log says so this often. */
const REMINDER_INTERVAL_MS = 10_000;
const RETRY_WAIT_MS = 500;

const ANSWERS_READS = new Set(["RSPrimary", "RSSecondary", "Mongos", "LoadBalancer", "Standalone"]);
const TAKES_WRITES = new Set(["RSPrimary", "Mongos", "LoadBalancer"]);

export interface Log {
  warn(...parts: unknown[]): void;
}

/** The one connection of a node to MongoDB, shared by all its collections and by GridFS. */
export class MongoConnection {
  readonly db: Db;
  readonly #client: MongoClient;
  readonly #log: Log;
  #opened: Promise<void> | null = null;
  #closed = false;
  #topology: TopologyDescription | null = null;
  #term = 0;
  #remindedAt = -Infinity;
  #primaryLostAt: number | null = performance.now();

  /**
   * Sends nothing before {@link open}.
   *
   * @param url as in `MONGO_URL`; the database defaults to `starling`
   * @throws ConfigError when the driver rejects the address
   */
  constructor(url: string, log: Log) {
    this.#log = log;
    const { options, database } = settingsOf(url);
    try {
      this.#client = new MongoClient(url, options);
    } catch (error) {
      throw new ConfigError(`MONGO_URL can't be used: ${withoutSecrets(messageOf(error), url)}`);
    }
    this.db = this.#client.db(database);
    this.#client.on("topologyDescriptionChanged", ({ newDescription }) => this.#follow(newDescription));
    const { w } = this.#client.options.writeConcern;
    if (w !== "majority") log.warn(`MONGO_URL sets w=${w}: acknowledged tweets can be lost when a member fails`);
  }

  /**
   * Waits for MongoDB without a time limit.
   *
   * @throws StoreUnusableError when the server is not a replica set; UnavailableError when closed meanwhile
   */
  open(): Promise<void> {
    return (this.#opened ??= this.persist(() => this.#client.connect()).then(() => this.#checkKind()));
  }

  /**
   * Repeats `work`, without which the node can't start, until MongoDB answers. Meanwhile the log gives the reason.
   *
   * @throws errors of `work` other than the driver's; UnavailableError when closed meanwhile
   */
  async persist(work: () => Promise<unknown>): Promise<void> {
    while (!this.#closed) {
      try {
        await work();
        return;
      } catch (error) {
        if (!(error instanceof MongoError)) throw error;
        this.#remind(messageOf(error));
        await pause(RETRY_WAIT_MS);
      }
    }
    throw new UnavailableError("The connection to MongoDB is closed");
  }

  /**
   * @returns the missing store, in words for an operator; empty while any member answers reads, and before {@link open}
   */
  missing(): string[] {
    // A node without services that use MongoDB never connects, and misses nothing.
    if (this.#opened === null && this.#topology === null) return [];
    return this.#members(ANSWERS_READS).length > 0 ? [] : ["MongoDB"];
  }

  /**
   * The number of the current primary, which grows with each new one; null while there is none. If the number did not
   * change during a read, the primary answered.
   */
  get term(): number | null {
    return this.#members(TAKES_WRITES).length > 0 ? this.#term : null;
  }

  /** Whether the primary has been missing for longer than a successful election takes, so that waiting is pointless. */
  get isWithoutPrimary(): boolean {
    return this.#primaryLostAt !== null && performance.now() - this.#primaryLostAt > SELECTION_LIMIT_MS;
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#client.close();
  }

  #checkKind(): void {
    if (this.#topology?.type !== "Single" || this.#members(new Set(["Standalone"])).length === 0) return;
    throw new StoreUnusableError(
      "The MongoDB of MONGO_URL is a single server. Starling needs a replica set, which may have one member: " +
        "start mongod with --replSet and run rs.initiate() once.",
    );
  }

  #remind(reason: string): void {
    const now = performance.now();
    if (now - this.#remindedAt < REMINDER_INTERVAL_MS) return;
    this.#remindedAt = now;
    this.#log.warn(`MongoDB does not answer; waiting for it. Check MONGO_URL, and that MongoDB is running. ${reason}`);
  }

  #members(types: ReadonlySet<string>): string[] {
    return [...(this.#topology?.servers.values() ?? [])]
      .filter(({ type }) => types.has(type))
      .map((one) => one.address);
  }

  #follow(next: TopologyDescription): void {
    const before = this.#members(TAKES_WRITES).join();
    this.#topology = next;
    const now = this.#members(TAKES_WRITES).join();
    if (now !== before) this.#term += 1;
    if (now !== "") this.#primaryLostAt = null;
    else this.#primaryLostAt ??= performance.now();
  }
}

/** Our settings for everything that `MONGO_URL` does not set. */
function settingsOf(url: string): { options: MongoClientOptions; database: string | undefined } {
  const [, path = "", query = ""] = /^[^?]*?:\/\/[^/?]*\/?([^?]*)\??(.*)$/.exec(url) ?? [];
  // Option names are case-insensitive.
  const given = new Map([...new URLSearchParams(query)].map(([name, value]) => [name.toLowerCase(), value]));
  const left = Object.entries(DEFAULT_OPTIONS).filter(([name]) => !given.has(name.toLowerCase()));
  // A write is acknowledged once a majority has it.
  const w = given.get("w") ?? "majority";
  const wtimeoutMS = Number(given.get("wtimeoutms") ?? MAJORITY_LIMIT_MS);
  const writeConcern = { w: (/^\d+$/.test(w) ? Number(w) : w) as W, wtimeoutMS };
  return { options: { ...Object.fromEntries(left), writeConcern }, database: path === "" ? "starling" : undefined };
}

/** Error messages of the driver may quote the address, which contains a password. */
function withoutSecrets(message: string, url: string): string {
  const credentials = /\/\/([^@]*)@/.exec(url)?.[1];
  const cleaned = message.replaceAll(url, "the address");
  return credentials ? cleaned.replaceAll(credentials, "…") : cleaned;
}
