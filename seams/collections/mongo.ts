import {
  type Collection as DriverCollection,
  type Filter,
  type FindOptions,
  type OptionalUnlessRequiredId,
  ReadConcern,
  type UpdateFilter,
} from "mongodb";
import { UnavailableError } from "../../lib/errors.ts";
import type {
  Collection,
  CollectionSpec,
  Document,
  FindFilter,
  Query,
  ReadOptions,
  Update,
  WriteOptions,
} from "./collection.ts";
import { DEADLINE_MS } from "./mongo-client.ts";
import type { MongoConnection } from "./mongo-connection.ts";
import { pickFields } from "./pick-fields.ts";
import { readOverFailedMembers, translateError } from "./mongo-errors.ts";
import { AS_JSON, SharedInserts } from "./mongo-inserts.ts";
import { ensureIndexes } from "./mongo-indexes.ts";
import { findInParts } from "./mongo-lists.ts";

const FRESH = { readPreference: "primary" } as const;
/** The primary has the write in memory. The other members get it in their own time. */
const UNCONFIRMED = { w: 1, journal: false } as const;
const LASTING = { readConcern: new ReadConcern("majority") } as const;

/** A collection in a MongoDB replica set, through the official driver. */
export class MongoCollection<T extends Document> implements Collection<T> {
  readonly #spec: CollectionSpec;
  readonly #connection: MongoConnection;
  readonly #collection: DriverCollection<T>;
  readonly #inserts: SharedInserts<T>;

  constructor(spec: CollectionSpec, connection: MongoConnection) {
    this.#spec = spec;
    this.#connection = connection;
    this.#collection = connection.db.collection<T>(spec.name);
    this.#inserts = new SharedInserts(this.#collection);
  }

  get term(): number | null {
    return this.#connection.term;
  }

  init(): void {
    // Required by moleculer-db; this adapter does not use the broker.
  }

  async connect(): Promise<void> {
    await this.#connection.open();
    await this.#connection.persist(() => ensureIndexes(this.#collection, this.#spec));
  }

  disconnect(): Promise<void> {
    // The node closes the shared connection after its last service.
    return Promise.resolve();
  }

  find(filter: FindFilter): Promise<T[]> {
    return findInParts(filter, (part) => this.#find(part));
  }

  async findFields<F extends keyof T & string>(
    filter: FindFilter,
    fields: readonly F[],
  ): Promise<Pick<T, F | "_id">[]> {
    // An empty projection would be one of all fields.
    const projection = Object.fromEntries(["_id", ...fields].map((field) => [field, 1]));
    const found = await findInParts(filter, (part) => this.#find(part, { projection }));
    return found.map((doc) => pickFields(doc, fields));
  }

  findOne(query: Query, read: ReadOptions = {}): Promise<T | null> {
    return this.#read(read, () => this.#collection.findOne(query as Filter<T>, readOptions(read)) as Promise<T | null>);
  }

  findById(id: string, options?: ReadOptions): Promise<T | null> {
    return this.findOne({ _id: id }, options);
  }

  findByIds(ids: string[], options: ReadOptions = {}): Promise<T[]> {
    return this.find({ query: { _id: { $in: ids } }, ...options });
  }

  count({ query = {}, limit, ...read }: Omit<FindFilter, "sort">): Promise<number> {
    const options = { ...readOptions(read), ...(limit && { limit }) };
    return this.#read(read, () => this.#collection.countDocuments(query as Filter<T>, options));
  }

  async insert(doc: T): Promise<T> {
    const term = this.#connection.latestTerm;
    await this.#ask(() => this.#inserts.insert(doc));
    this.#connection.settle(term);
    return doc;
  }

  async insertMany(docs: T[]): Promise<T[]> {
    if (docs.length === 0) return [];
    await this.#ask(() => this.#collection.insertMany(docs as OptionalUnlessRequiredId<T>[], AS_JSON));
    return docs;
  }

  updateOne(query: Query, update: Update): Promise<T | null> {
    return this.#ask(
      () =>
        this.#collection.findOneAndUpdate(query as Filter<T>, update as UpdateFilter<T>, {
          returnDocument: "after",
        }) as Promise<T | null>,
    );
  }

  updateById(id: string, update: Update): Promise<T | null> {
    return this.updateOne({ _id: id }, update);
  }

  async updateMany(query: Query, update: Update, { mayBeLost = false }: WriteOptions = {}): Promise<number> {
    const options = mayBeLost ? { writeConcern: UNCONFIRMED } : {};
    const { matchedCount } = await this.#ask(() =>
      this.#collection.updateMany(query as Filter<T>, update as UpdateFilter<T>, options),
    );
    return matchedCount;
  }

  async removeById(id: string): Promise<number> {
    return (await this.#ask(() => this.#collection.deleteOne({ _id: id } as Filter<T>))).deletedCount;
  }

  async removeMany(query: Query): Promise<number> {
    return (await this.#ask(() => this.#collection.deleteMany(query as Filter<T>))).deletedCount;
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

  #find({ query = {}, sort = [], limit, ...read }: FindFilter, more: FindOptions = {}): Promise<T[]> {
    const options = { ...findOptions({ sort, limit, ...read }), ...more };
    return this.#read(read, () => this.#collection.find<T>(query as Filter<T>, options).toArray());
  }

  /** Callers that require the primary have a fallback, so fail fast when there is none. */
  #read<R>({ fresh }: ReadOptions, send: () => Promise<R>): Promise<R> {
    if (fresh && this.#connection.isWithoutPrimary) {
      return Promise.reject(new UnavailableError("MongoDB has no primary at the moment"));
    }
    return this.#ask(() => readOverFailedMembers(send, !fresh));
  }

  /** Limits an operation to the deadline, because the driver's own retry may take longer. */
  async #ask<R>(send: () => Promise<R>): Promise<R> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new UnavailableError("MongoDB did not answer in time")), DEADLINE_MS);
    });
    try {
      return await Promise.race([send(), late]);
    } catch (error) {
      throw translateError(error);
    } finally {
      clearTimeout(timer);
    }
  }
}

function findOptions({ sort = [], limit, ...read }: Omit<FindFilter, "query">) {
  const order = sort.map((field): [string, 1 | -1] => (field.startsWith("-") ? [field.slice(1), -1] : [field, 1]));
  return {
    ...readOptions(read),
    ...(order.length > 0 && { sort: Object.fromEntries(order) }),
    ...(limit && { limit }),
  };
}

function readOptions({ fresh, lasting }: ReadOptions) {
  return { maxTimeMS: DEADLINE_MS, ...(fresh && FRESH), ...(lasting && LASTING) };
}
