import { setTimeout as pause } from "node:timers/promises";
import type { MongoClient } from "mongodb";
import { type Db, MongoError, type TopologyDescription } from "mongodb";
import { messageOf, UnavailableError } from "../../lib/errors.ts";
import { createReminder } from "../../lib/reminder.ts";
import { StoreUnusableError } from "./collection.ts";
import { createMongoClient, SELECTION_LIMIT_MS } from "./mongo-client.ts";
import { mongoRefusalOf } from "./mongo-errors.ts";

/** While MongoDB is missing, the log says so this often. */
const REMINDER_INTERVAL_MS = 10_000;
const RETRY_WAIT_MS = 500;
/**
 * A new primary needs this long to learn which of its writes a majority has, unless a write tells before. It needs
 * milliseconds, unless others lag.
 */
const ELECTION_SETTLED_MS = 10_000;

const ANSWERS_READS = new Set(["RSPrimary", "RSSecondary", "Mongos", "LoadBalancer", "Standalone"]);
const TAKES_WRITES = new Set(["RSPrimary", "Mongos", "LoadBalancer"]);

export interface Log {
  warn(...parts: unknown[]): void;
  error(...parts: unknown[]): void;
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
  /** When the term last changed, by `performance.now()`; -Infinity for the first primary. */
  #electedAt = -Infinity;
  readonly #reminder = createReminder(REMINDER_INTERVAL_MS);
  #refusal: string | null = null;
  #primaryLostAt: number | null = performance.now();

  /**
   * Sends nothing before {@link open}.
   *
   * @param url as in `MONGO_URL`; the database defaults to `starling`
   * @throws ConfigError when the driver rejects the address, or a file that it names can't be read
   */
  constructor(url: string, log: Log) {
    this.#log = log;
    const { client, database } = createMongoClient(url);
    this.#client = client;
    this.db = this.#client.db(database);
    // New connections may be refused while older ones go on, for example after the password was changed.
    this.#client.on("connectionCheckOutFailed", (event) => this.#noteRefusal((event as { error?: unknown }).error));
    this.#client.on("connectionReady", () => (this.#refusal = null));
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
        this.#remind(error);
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
    if (this.#refusal !== null) return [this.#refusal];
    return this.#members(ANSWERS_READS).length > 0 ? [] : ["MongoDB"];
  }

  /**
   * The number of the current primary, which grows with each new one; null while there is none, or a new one. If the
   * number did not change during a read, the primary answered.
   */
  get term(): number | null {
    if (performance.now() - this.#electedAt < ELECTION_SETTLED_MS) return null;
    return this.#members(TAKES_WRITES).length > 0 ? this.#term : null;
  }

  /** The number of the latest primary, for {@link settle}. */
  get latestTerm(): number {
    return this.#term;
  }

  /** A majority has confirmed a write. @param term the latest term when the write began */
  settle(term: number): void {
    if (term === this.#term) this.#electedAt = -Infinity;
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

  #remind(error: MongoError): void {
    if (this.#noteRefusal(error) || !this.#reminder.isDue()) return;
    this.#log.warn(
      `MongoDB does not answer; waiting for it. Check MONGO_URL, and that MongoDB is running. ${messageOf(error)}`,
    );
  }

  /** @returns whether MongoDB refuses this node; the log then says why, now and then */
  #noteRefusal(error: unknown): boolean {
    const refusal = mongoRefusalOf(error);
    if (refusal === null) return false;
    this.#refusal = refusal;
    if (this.#reminder.isDue()) this.#log.error(`${refusal}. Trying again`);
    return true;
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
    if (now !== before) {
      if (this.#term > 0) this.#electedAt = performance.now();
      this.#term += 1;
    }
    if (now !== "") this.#primaryLostAt = null;
    else this.#primaryLostAt ??= performance.now();
  }
}
