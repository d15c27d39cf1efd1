import type { Collection, CollectionSpec, Document, FindFilter, Query, Update } from "../collection.ts";
import { type Layout, layoutOf } from "./layout.ts";
import type { SqliteStore } from "./store.ts";

/**
 * A collection in the embedded store's file. Reads are synchronous and short; a read sees every acknowledged write, and
 * only writes that are on the disk. Writes go through the store's own thread.
 */
export class SqliteCollection<T extends Document> implements Collection<T> {
  readonly #spec: CollectionSpec;
  readonly #layout: Layout;
  readonly #store: SqliteStore;
  /** Single node, so the term never changes. */
  readonly term = 0;

  constructor(spec: CollectionSpec, store: SqliteStore) {
    this.#spec = spec;
    this.#layout = layoutOf(spec);
    this.#store = store;
  }

  init(): void {
    // Required by moleculer-db; this adapter does not use the broker.
  }

  connect(): Promise<void> {
    return this.#store.open(this.#spec);
  }

  disconnect(): Promise<void> {
    // The node closes the shared file after its last service.
    return Promise.resolve();
  }

  find(filter: FindFilter): Promise<T[]> {
    return this.#store.read((reader) => reader.find<T>(this.#layout, filter));
  }

  findFields<F extends keyof T & string>(filter: FindFilter, fields: readonly F[]): Promise<Pick<T, F | "_id">[]> {
    return this.#store.read((reader) => reader.findFields<T, F>(this.#layout, filter, fields));
  }

  async findOne(query: Query): Promise<T | null> {
    return (await this.find({ query, limit: 1 }))[0] ?? null;
  }

  findById(id: string): Promise<T | null> {
    return this.findOne({ _id: id });
  }

  findByIds(ids: string[]): Promise<T[]> {
    return this.find({ query: { _id: { $in: ids } } });
  }

  count({ query = {}, limit }: { query?: Query; limit?: number }): Promise<number> {
    return this.#store.read((reader) => reader.count(this.#layout, query, limit));
  }

  async insert(doc: T): Promise<T> {
    await this.#store.write({ kind: "insert", collection: this.#spec.name, json: JSON.stringify(doc) });
    return doc;
  }

  async insertMany(docs: T[]): Promise<T[]> {
    const jsons = docs.map((doc) => JSON.stringify(doc));
    await this.#store.write({ kind: "insertMany", collection: this.#spec.name, jsons });
    return docs;
  }

  async updateOne(query: Query, update: Update): Promise<T | null> {
    const json = await this.#store.write({ kind: "updateOne", collection: this.#spec.name, query, update });
    return json === null ? null : (JSON.parse(json as string) as T);
  }

  updateById(id: string, update: Update): Promise<T | null> {
    return this.updateOne({ _id: id }, update);
  }

  updateMany(query: Query, update: Update): Promise<number> {
    return this.#store.write({ kind: "updateMany", collection: this.#spec.name, query, update }) as Promise<number>;
  }

  removeById(id: string): Promise<number> {
    return this.removeMany({ _id: id });
  }

  removeMany(query: Query): Promise<number> {
    return this.#store.write({ kind: "removeMany", collection: this.#spec.name, query }) as Promise<number>;
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
}
