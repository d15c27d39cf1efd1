import { mkdir, open } from "node:fs/promises";
import { join } from "node:path";
import nedb from "@seald-io/nedb";
import { messageOf } from "../../lib/errors.ts";
import {
  type Collection,
  type CollectionSpec,
  type Document,
  DuplicateKeyError,
  StoreUnusableError,
} from "./collection.ts";
import type { FindFilter, Query, Update } from "./collection.ts";

// NeDB is CommonJS: at run time its default import is the class itself, which its types don't say.
const Datastore = nedb as unknown as typeof nedb.default;
type Datastore<T> = nedb.default<T>;

/**
 * A collection in one append-only file that is held in memory whole: moleculer-db's own NeDB, with the indexes, the
 * atomic single update and the typed errors that our services need.
 */
export class NedbCollection<T extends Document> implements Collection<T> {
  readonly #spec: CollectionSpec;
  readonly #dataDir: string;
  /** There is but this one. */
  readonly term = 0;
  #opened: Datastore<T> | null = null;

  /** @param dataDir the folder for the file `NAME.db`; made when it is missing */
  constructor(spec: CollectionSpec, dataDir: string) {
    this.#spec = spec;
    this.#dataDir = dataDir;
  }

  get #db(): Datastore<T> {
    if (!this.#opened) throw new Error(`The collection ${this.#spec.name} is not open`);
    return this.#opened;
  }

  init(): void {
    // Part of moleculer-db's contract; nothing here needs the broker.
  }

  async connect(): Promise<void> {
    await mkdir(this.#dataDir, { recursive: true });
    const filename = join(this.#dataDir, `${this.#spec.name}.db`);
    await dropTornLine(filename);
    // Threshold 0: any other damage stops the start instead of silently losing documents.
    const db = new Datastore<T>({ filename, corruptAlertThreshold: 0 });
    try {
      await db.loadDatabaseAsync();
    } catch (error) {
      // Starting over it would lose documents in silence.
      throw new StoreUnusableError(
        `${filename} can't be read (${messageOf(error)}). Restore it from a backup, or move it away to start anew.`,
      );
    }
    for (const { fields, unique } of this.#spec.indexes) {
      const first = Object.keys(fields)[0];
      if (first !== undefined && first !== "_id") {
        await db.ensureIndexAsync({ fieldName: first, unique: unique ?? false, sparse: unique ?? false });
      }
    }
    this.#opened = db;
  }

  disconnect(): Promise<void> {
    this.#opened = null;
    return Promise.resolve();
  }

  async find({ query = {}, sort = [], limit, offset }: FindFilter): Promise<T[]> {
    const order = sort.map((field): [string, number] => (field.startsWith("-") ? [field.slice(1), -1] : [field, 1]));
    let cursor = this.#db.findAsync(query);
    if (order.length > 0) cursor = cursor.sort(Object.fromEntries(order));
    if (offset) cursor = cursor.skip(offset);
    if (limit) cursor = cursor.limit(limit);
    return await cursor;
  }

  async findOne(query: Query): Promise<T | null> {
    return await this.#db.findOneAsync(query);
  }

  findById(id: string): Promise<T | null> {
    return this.findOne({ _id: id });
  }

  async findByIds(ids: string[]): Promise<T[]> {
    return await this.#db.findAsync<T>({ _id: { $in: ids } });
  }

  async count({ query = {}, limit }: { query?: Query; limit?: number }): Promise<number> {
    const count = await this.#db.countAsync(query);
    return limit === undefined ? count : Math.min(count, limit);
  }

  async insert(doc: T): Promise<T> {
    try {
      return await this.#db.insertAsync<T>(doc);
    } catch (error) {
      throw this.#translate(error, doc);
    }
  }

  async insertMany(docs: T[]): Promise<T[]> {
    const inserted = [];
    for (const doc of docs) inserted.push(await this.insert(doc));
    return inserted;
  }

  async updateOne(query: Query, update: Update): Promise<T | null> {
    try {
      const { affectedDocuments } = await this.#db.updateAsync(query, update, { returnUpdatedDocs: true });
      return (affectedDocuments ?? null) as T | null;
    } catch (error) {
      throw this.#translate(error, update["$set"] ?? {});
    }
  }

  updateById(id: string, update: Update): Promise<T | null> {
    return this.updateOne({ _id: id }, update);
  }

  async updateMany(query: Query, update: Update): Promise<number> {
    const { numAffected } = await this.#db.updateAsync(query, update, { multi: true });
    return numAffected;
  }

  removeById(id: string): Promise<number> {
    return this.#db.removeAsync({ _id: id }, {});
  }

  removeMany(query: Query): Promise<number> {
    return this.#db.removeAsync(query, { multi: true });
  }

  clear(): Promise<number> {
    return this.removeMany({});
  }

  entityToObject(entity: T): T {
    return entity;
  }

  beforeSaveTransformID(entity: T): T {
    return entity;
  }

  afterRetrieveTransformID(entity: T): T {
    return entity;
  }

  /** NeDB names the value that clashed, not the field: the field is the unique one that holds this value. */
  #translate(error: unknown, written: object): unknown {
    const { errorType, key } = error as { errorType?: string; key?: unknown };
    if (errorType !== "uniqueViolated") return error;
    const unique = this.#spec.indexes
      .filter((index) => index.unique)
      .map((index) => Object.keys(index.fields)[0] ?? "");
    const field = unique.find((name) => (written as Record<string, unknown>)[name] === key);
    return new DuplicateKeyError(field ?? "_id");
  }
}

/** Cuts off a last line without an end: the process was killed while writing it, so nobody was told that it is there. */
async function dropTornLine(filename: string): Promise<void> {
  const file = await open(filename, "r+").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return null;
    throw error;
  });
  if (!file) return;
  try {
    const CHUNK = 65_536;
    const { size } = await file.stat();
    let end = size;
    while (end > 0) {
      const start = Math.max(0, end - CHUNK);
      const { buffer } = await file.read(Buffer.alloc(end - start), 0, end - start, start);
      const newline = buffer.lastIndexOf(10);
      if (newline !== -1) {
        end = start + newline + 1;
        break;
      }
      end = start;
    }
    if (end < size) await file.truncate(end);
  } finally {
    await file.close();
  }
}
