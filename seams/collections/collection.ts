/** A document: whatever else it holds, `_id` names it. */
export interface Document {
  _id: string;
}

/** The part of MongoDB's query language that every store speaks: equality, `$in`, `$lt`, `$lte`, `$gt`, `$gte`. */
export type Query = Record<string, unknown>;

/** `$set`, `$unset`, `$inc`, `$max`: the updates that every store speaks. */
export type Update = Record<string, Record<string, unknown>>;

export interface ReadOptions {
  /**
   * Only what the primary says will do: it has everything that was ever acknowledged, and perhaps more, which an election
   * may undo. Otherwise a replica that lags may answer when there is no primary.
   */
  fresh?: boolean | undefined;
  /**
   * Only what no election undoes will do, for what a client is promised. What is newest may be missing right after one:
   * a new primary finds out only then what a majority has (SERVER-53813).
   */
  lasting?: boolean | undefined;
}

/** What moleculer-db's adapters take to find: `sort` as `"_id"` or `"-_id"`, dotted fields allowed. */
export interface FindFilter extends ReadOptions {
  query?: Query;
  sort?: string[];
  limit?: number;
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
  /**
   * Which primary answers reads at the moment, null while there is none. What was read while this stayed the same number
   * is not from a replica that lags, so it may be cached.
   */
  readonly term: number | null;

  init(broker: unknown, service: unknown): void;
  /** Waits until the store can be reached. @throws StoreUnusableError */
  connect(): Promise<void>;
  disconnect(): Promise<void>;

  find(filter: FindFilter): Promise<T[]>;
  findOne(query: Query, options?: ReadOptions): Promise<T | null>;
  findById(id: string, options?: ReadOptions): Promise<T | null>;
  /** In no particular order, without those that are missing. */
  findByIds(ids: string[], options?: ReadOptions): Promise<T[]>;
  /** @param filter.limit counting stops there */
  count(filter: Omit<FindFilter, "sort">): Promise<number>;

  /** Durable once it resolves. @throws DuplicateKeyError */
  insert(doc: T): Promise<T>;
  insertMany(docs: T[]): Promise<T[]>;
  /** Changes the one document that matches, atomically. @returns it as it is now, null when none matches */
  updateOne(query: Query, update: Update): Promise<T | null>;
  updateById(id: string, update: Update): Promise<T | null>;
  /** @returns how many matched */
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

/** The store is there but can't be used, and that does not mend itself: the message says what an operator must do. */
export class StoreUnusableError extends Error {
  override name = "StoreUnusableError";
}
