import { setTimeout as pause } from "node:timers/promises";
import { type Db, MongoClient, type MongoClientOptions, MongoError, type TopologyDescription, type W } from "mongodb";
import { ConfigError, messageOf, UnavailableError } from "../../lib/errors.ts";
import { StoreUnusableError } from "./collection.ts";

/** Whatever is asked of MongoDB is answered or given up after this long, in milliseconds. */
export const DEADLINE = 5000;

/** How long a request waits for a primary, or for any member, in milliseconds. */
const SELECTED_WITHIN = 4000;

/**
 * What the driver is told, unless `MONGO_URL` says otherwise. The driver has no deadline over a whole operation
 * (`timeoutMS` does nothing any more), so each of its steps has one. Times are in milliseconds.
 */
const OPTIONS: MongoClientOptions = {
  appName: "starling",
  // Reading goes on without a primary.
  readPreference: "primaryPreferred",
  // A member that hangs is noticed after at most the sum of these two, and what waits for it is sent to another.
  heartbeatFrequencyMS: 1000,
  connectTimeoutMS: 1500,
  serverSelectionTimeoutMS: SELECTED_WITHIN,
  waitQueueTimeoutMS: 3000,
  socketTimeoutMS: DEADLINE,
  // Per member. MongoDB takes a thread and about a megabyte for each connection, and there are many nodes.
  maxPoolSize: 50,
};

/**
 * How long the server waits for a majority. Without an end, those who gave up would go on holding a connection each while
 * there is none. In milliseconds.
 */
const MAJORITY_WITHIN = 4000;

/** How often the log says that MongoDB is still not there, in milliseconds. */
const REMIND_EVERY = 10_000;
const RETRY_EVERY = 500;

const ANSWERS_READS = new Set(["RSPrimary", "RSSecondary", "Mongos", "LoadBalancer", "Standalone"]);
const TAKES_WRITES = new Set(["RSPrimary", "Mongos", "LoadBalancer"]);

export interface Log {
  warn(...parts: unknown[]): void;
}

/** A node's one connection to MongoDB, which all that it keeps there shares. */
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
   * Nothing is sent before {@link open}.
   *
   * @param url as in `MONGO_URL`; without a database in it, that is `starling`
   * @throws ConfigError when the driver can't make sense of the address
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
    if (w !== "majority") log.warn(`MONGO_URL says w=${w}: acknowledged tweets can be lost when a member fails`);
  }

  /**
   * Waits for MongoDB, for as long as that takes.
   *
   * @throws StoreUnusableError when it is there but is no replica set; UnavailableError when closed meanwhile
   */
  open(): Promise<void> {
    return (this.#opened ??= this.persist(() => this.#client.connect()).then(() => this.#checkKind()));
  }

  /**
   * Does what a start can't go on without: again and again until MongoDB lets it, and the log says so meanwhile.
   *
   * @throws what `work` throws that is not the driver's; UnavailableError when closed meanwhile
   */
  async persist(work: () => Promise<unknown>): Promise<void> {
    while (!this.#closed) {
      try {
        await work();
        return;
      } catch (error) {
        if (!(error instanceof MongoError)) throw error;
        this.#remind(messageOf(error));
        await pause(RETRY_EVERY);
      }
    }
    throw new UnavailableError("The connection to MongoDB is closed");
  }

  /** What can't be reached, in words for an operator; nothing while some member answers reads, or nobody has asked. */
  missing(): string[] {
    // A node whose services keep nothing in MongoDB never connects.
    if (this.#opened === null && this.#topology === null) return [];
    return this.#members(ANSWERS_READS).length > 0 ? [] : ["MongoDB"];
  }

  /**
   * Names the primary that answers at the moment, null while there is none. What was read while this stayed the same
   * came from the primary.
   */
  get term(): number | null {
    return this.#members(TAKES_WRITES).length > 0 ? this.#term : null;
  }

  /** Whether waiting for a primary any longer is not worth it: an election that goes well is over by then. */
  get isWithoutPrimary(): boolean {
    return this.#primaryLostAt !== null && performance.now() - this.#primaryLostAt > SELECTED_WITHIN;
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
    if (now - this.#remindedAt < REMIND_EVERY) return;
    this.#remindedAt = now;
    this.#log.warn(`MongoDB does not answer, waiting for it. Is MONGO_URL right, and does it run? ${reason}`);
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

/** What `MONGO_URL` leaves open. */
function settingsOf(url: string): { options: MongoClientOptions; database: string | undefined } {
  const [, path = "", query = ""] = /^[^?]*?:\/\/[^/?]*\/?([^?]*)\??(.*)$/.exec(url) ?? [];
  // The driver takes the names of options in any case.
  const given = new Map([...new URLSearchParams(query)].map(([name, value]) => [name.toLowerCase(), value]));
  const left = Object.entries(OPTIONS).filter(([name]) => !given.has(name.toLowerCase()));
  // Acknowledged means: a majority has it.
  const w = given.get("w") ?? "majority";
  const wtimeoutMS = Number(given.get("wtimeoutms") ?? MAJORITY_WITHIN);
  const writeConcern = { w: (/^\d+$/.test(w) ? Number(w) : w) as W, wtimeoutMS };
  return { options: { ...Object.fromEntries(left), writeConcern }, database: path === "" ? "starling" : undefined };
}

/** The driver's complaints may quote the address, which holds a password. */
function withoutSecrets(message: string, url: string): string {
  const credentials = /\/\/([^@]*)@/.exec(url)?.[1];
  const cleaned = message.replaceAll(url, "the address");
  return credentials ? cleaned.replaceAll(credentials, "…") : cleaned;
}
