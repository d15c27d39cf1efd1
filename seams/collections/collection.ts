/** A document. `_id` identifies it; each collection adds its own fields. */
export interface Document {
  _id: string;
}

/**
 * The part of MongoDB's query language that every store supports: equality, `$in`, `$lt`, `$lte`, `$gt`, `$gte`; and
 * `$elemMatch` with ranges, which one element of an array must meet, all of them.
 */
export type Query = Record<string, unknown>;

/** `$set`, `$unset`, `$inc`, `$max`: the updates that every store supports. */
export type Update = Record<string, Record<string, unknown>>;

export interface ReadOptions {
  /**
   * Read from the primary only. The primary has every acknowledged write, and perhaps writes that an election may still
   * undo. Without this option, a lagging replica may answer when there is no primary.
   */
  fresh?: boolean | undefined;
  /**
   * Read only writes that no election can undo: before promising a client that something is stored, and before keeping
   * a copy of it. Right after an election the newest writes may be missing, because a new primary must first learn which
   * writes a majority has (SERVER-53813).
   */
  lasting?: boolean | undefined;
}

export interface WriteOptions {
  /**
   * Don't wait until the write is durable: an election or a crash may undo it. For notes on work that is done again, and
   * safely, when the note is lost. Stores with one member ignore this, and let such writes share the next flush.
   */
  mayBeLost?: boolean | undefined;
}

/** The filter of moleculer-db's adapters: `sort` as `"_id"` or `"-_id"`, dotted fields allowed. */
export interface FindFilter extends ReadOptions {
  query?: Query;
  sort?: string[];
  limit?: number | undefined;
}

/** An index. `fields` are in order, each ascending (1) or descending (-1). */
export interface IndexSpec {
  fields: Record<string, 1 | -1>;
  unique?: boolean;
  /** The index contains only documents whose fields have these values. */
  partial?: Record<string, boolean | number | string>;
  /**
   * The first field contains an array, and the index each of its elements; the only other field may be `_id`. MongoDB
   * finds out by itself.
   */
  multikey?: boolean;
}

/** The name of a collection, and its indexes. */
export interface CollectionSpec {
  name: string;
  indexes: IndexSpec[];
}

/**
 * One collection: moleculer-db's adapter contract, plus the methods that our services need beyond it. Two
 * implementations, SQLite and MongoDB, pass the same contract tests. Callers may change the documents they get.
 *
 * All methods throw UnavailableError when the store does not answer in time.
 */
export interface Collection<T extends Document> {
  /**
   * The number of the current primary, which grows with each new one; null while there is none, and for some seconds
   * after an election. If the number did not change during a read, the primary answered, not a lagging replica.
   */
  readonly term: number | null;

  init(broker: unknown, service: unknown): void;
  /** Waits until the store can be reached. @throws StoreUnusableError */
  connect(): Promise<void>;
  disconnect(): Promise<void>;

  find(filter: FindFilter): Promise<T[]>;
  /**
   * Finds documents, but returns only their ids and some fields. An index that has all of these spares the store reading
   * the documents. Fields that are null are left out, like missing ones.
   */
  findFields<F extends keyof T & string>(filter: FindFilter, fields: readonly F[]): Promise<Pick<T, F | "_id">[]>;
  findOne(query: Query, options?: ReadOptions): Promise<T | null>;
  findById(id: string, options?: ReadOptions): Promise<T | null>;
  /** @returns the documents that exist, in no particular order */
  findByIds(ids: string[], options?: ReadOptions): Promise<T[]>;
  /** @param filter.limit counting stops at this number */
  count(filter: Omit<FindFilter, "sort">): Promise<number>;

  /** Durable once it resolves. @throws DuplicateKeyError */
  insert(doc: T): Promise<T>;
  insertMany(docs: T[]): Promise<T[]>;
  /** Changes one matching document, atomically. @returns the changed document, or null when none matches */
  updateOne(query: Query, update: Update): Promise<T | null>;
  updateById(id: string, update: Update): Promise<T | null>;
  /** @returns the number of matching documents */
  updateMany(query: Query, update: Update, options?: WriteOptions): Promise<number>;
  /** @returns the number of removed documents, 0 or 1 */
  removeById(id: string): Promise<number>;
  removeMany(query: Query): Promise<number>;
  clear(): Promise<number>;

  entityToObject(entity: T): T;
  beforeSaveTransformID(entity: T, idField: string): T;
  afterRetrieveTransformID(entity: T, idField: string): T;
}

/** Another document has the same value in a unique field. */
export class DuplicateKeyError extends Error {
  override name = "DuplicateKeyError";
  readonly field: string;
  constructor(field: string) {
    super(`A document with this ${field} exists already`);
    this.field = field;
  }
}

/** The store is reachable but can't be used until an operator acts; the message gives the remedy. */
export class StoreUnusableError extends Error {
  override name = "StoreUnusableError";
}
