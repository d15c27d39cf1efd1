import {
  type Collection,
  type CollectionSpec,
  type Document,
  DuplicateKeyError,
  type FindFilter,
  type Query,
  type Update,
} from "./collection.ts";
import { type Datastore, NedbFile } from "./nedb-file.ts";

/**
 * A collection in one append-only file, held completely in memory: moleculer-db's own NeDB, plus the indexes, the
 * atomic single update and the typed errors that our services need.
 */
export class NedbCollection<T extends Document> implements Collection<T> {
  readonly #spec: CollectionSpec;
  readonly #dataDir: string;
  /** Single node, so the term never changes. */
  readonly term = 0;
  #opened: NedbFile<T> | null = null;

  /** @param dataDir the folder of the file `NAME.db`; created when missing */
  constructor(spec: CollectionSpec, dataDir: string) {
    this.#spec = spec;
    this.#dataDir = dataDir;
  }

  get #file(): NedbFile<T> {
    if (!this.#opened) throw new Error(`The collection ${this.#spec.name} is not open`);
    return this.#opened;
  }

  get #db(): Datastore<T> {
    return this.#file.db;
  }

  init(): void {
    // Required by moleculer-db; this adapter does not use the broker.
  }

  async connect(): Promise<void> {
    this.#opened = await NedbFile.open<T>(this.#spec, this.#dataDir);
  }

  async disconnect(): Promise<void> {
    const opened = this.#opened;
    this.#opened = null;
    await opened?.close();
  }

  async find({ query = {}, sort = [], limit }: FindFilter): Promise<T[]> {
    const order = sort.map((field): [string, number] => (field.startsWith("-") ? [field.slice(1), -1] : [field, 1]));
    let cursor = this.#db.findAsync(query);
    if (order.length > 0) cursor = cursor.sort(Object.fromEntries(order));
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
    return await this.#file.write((db) => this.#append(db, doc));
  }

  async insertMany(docs: T[]): Promise<T[]> {
    return await this.#file.write(async (db) => {
      const inserted = [];
      for (const doc of docs) inserted.push(await this.#append(db, doc));
      return inserted;
    });
  }

  async #append(db: Datastore<T>, doc: T): Promise<T> {
    try {
      return await db.insertAsync<T>(doc);
    } catch (error) {
      throw this.#translate(error, doc);
    }
  }

  async updateOne(query: Query, update: Update): Promise<T | null> {
    try {
      const done = await this.#file.write((db) => db.updateAsync(query, update, { returnUpdatedDocs: true }));
      return (done.affectedDocuments ?? null) as T | null;
    } catch (error) {
      throw this.#translate(error, update["$set"] ?? {});
    }
  }

  updateById(id: string, update: Update): Promise<T | null> {
    return this.updateOne({ _id: id }, update);
  }

  async updateMany(query: Query, update: Update): Promise<number> {
    const done = await this.#file.write((db) => db.updateAsync(query, update, { multi: true }));
    return done.numAffected;
  }

  removeById(id: string): Promise<number> {
    return this.#file.write((db) => db.removeAsync({ _id: id }, {}));
  }

  removeMany(query: Query): Promise<number> {
    return this.#file.write((db) => db.removeAsync(query, { multi: true }));
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

  /** NeDB reports the duplicate value, not the field, so look for the unique field with this value. */
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
