/** A document: whatever else it holds, `_id` names it. */
export interface Document {
  _id: string;
}

/** The part of MongoDB's query language that every store speaks: equality, `$in`, `$lt`, `$lte`, `$gt`, `$gte`. */
export type Query = Record<string, unknown>;

/** `$set`, `$unset`, `$inc`, `$max`: the updates that every store speaks. */
export type Update = Record<string, Record<string, unknown>>;

/** What moleculer-db's adapters take to find: `sort` as `"_id"` or `"-_id"`, dotted fields allowed. */
export interface FindFilter {
  query?: Query;
  sort?: string[];
  limit?: number;
  offset?: number;
  /** Only what the primary says will do: for what is kept, such as a home list. Otherwise a replica may answer. */
  fresh?: boolean;
}

/** An index: its fields in order, each 1 or -1. */
export interface IndexSpec {
  fields: Record<string, 1 | -1>;
  unique?: boolean;
  /** Only documents that match belong to the index. */
  partial?: Query;
}

/** The name of a collection and what it must have. */
export interface CollectionSpec {
  name: string;
  indexes: IndexSpec[];
}

/**
 * One collection: moleculer-db's adapter contract, with what our services need beyond it. Two implementations, NeDB and
 * MongoDB, pass the same contract tests. A document that is returned belongs to the caller.
 *
 * All methods throw UnavailableError when the store does not answer in time.
 */
export interface Collection<T extends Document> {
  init(broker: unknown, service: unknown): void;
  connect(): Promise<void>;
  disconnect(): Promise<void>;

  find(filter: FindFilter): Promise<T[]>;
  findOne(query: Query): Promise<T | null>;
  findById(id: string): Promise<T | null>;
  /** In no particular order, without those that are missing. */
  findByIds(ids: string[]): Promise<T[]>;
  /** @param filter.limit counting stops there */
  count(filter: { query?: Query; limit?: number }): Promise<number>;

  /** Durable once it resolves. @throws DuplicateKeyError */
  insert(doc: T): Promise<T>;
  insertMany(docs: T[]): Promise<T[]>;
  /** Changes the one document that matches, atomically. @returns it as it is now, null when none matches */
  updateOne(query: Query, update: Update): Promise<T | null>;
  updateById(id: string, update: Update): Promise<T | null>;
  /** @returns how many were changed */
  updateMany(query: Query, update: Update): Promise<number>;
  /** @returns how many were removed, 0 or 1 */
  removeById(id: string): Promise<number>;
  removeMany(query: Query): Promise<number>;
  clear(): Promise<number>;

  entityToObject(entity: T): T;
  beforeSaveTransformID(entity: T, idField: string): T;
  afterRetrieveTransformID(entity: T, idField: string): T;
}

/** A document with that value of a unique field is there already. */
export class DuplicateKeyError extends Error {
  override name = "DuplicateKeyError";
  readonly field: string;
  constructor(field: string) {
    super(`A document with this ${field} exists already`);
    this.field = field;
  }
}

/** What lies on the disk can't be read. Starting over it would lose documents in silence. */
export class StoreDamagedError extends Error {
  override name = "StoreDamagedError";
}
