import {
  type Collection,
  MongoBulkWriteError,
  MongoError,
  MongoServerError,
  type OptionalUnlessRequiredId,
} from "mongodb";
import { UnavailableError } from "../../lib/errors.ts";
import type { Document } from "./collection.ts";

/** While this many commands are on their way, further documents wait, so that they share the next one. */
const COMMANDS_LIMIT = 2;
/** A document waits at most this long, so that a command that hangs holds up no others. */
const WAIT_LIMIT_MS = 10;
/** Documents in one command: MongoDB writes up to 500 in one transaction. */
const BATCH_LIMIT = 200;

interface Waiting<T> {
  doc: T;
  resolve: () => void;
  reject: (error: unknown) => void;
}

/**
 * Leaves undefined properties out of stored documents. Never use this for queries: a query that loses its only
 * condition matches everything.
 */
export const AS_JSON = { ignoreUndefined: true } as const;

/**
 * Inserts the documents that come while others are on their way in one command, and so with one wait for a majority.
 * Each document has its own outcome, as if it were alone.
 */
export class SharedInserts<T extends Document> {
  readonly #collection: Collection<T>;
  #waiting: Waiting<T>[] = [];
  #onTheWay = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(collection: Collection<T>) {
    this.#collection = collection;
  }

  /** Resolves when the document is stored. @throws the driver's errors */
  insert(doc: T): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ doc, resolve, reject });
      if (this.#onTheWay < COMMANDS_LIMIT || this.#waiting.length >= BATCH_LIMIT) this.#send();
      else this.#timer ??= setTimeout(() => this.#send(), WAIT_LIMIT_MS);
    });
  }

  #send(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const batch = this.#waiting;
    if (batch.length === 0) return;
    this.#waiting = [];
    this.#onTheWay += 1;
    void this.#store(batch).finally(() => {
      this.#onTheWay -= 1;
      this.#send();
    });
  }

  async #store(batch: Waiting<T>[]): Promise<void> {
    const docs = batch.map(({ doc }) => doc as OptionalUnlessRequiredId<T>);
    try {
      if (docs.length === 1) await this.#collection.insertOne(docs[0]!, AS_JSON);
      else await this.#collection.insertMany(docs, { ...AS_JSON, ordered: false });
      for (const { resolve } of batch) resolve();
    } catch (error) {
      // A document that can't be encoded is refused before anything is sent, and must not spoil the others.
      if (batch.length > 1 && !(error instanceof MongoError)) await Promise.all(batch.map((one) => this.#store([one])));
      else settle(batch, error);
    }
  }
}

/** Gives each document its own outcome: some may be refused, while the others are stored. */
function settle<T>(batch: Waiting<T>[], error: unknown): void {
  const refusals = error instanceof MongoBulkWriteError ? [error.writeErrors].flat() : [];
  const byIndex = new Map(refusals.map((refusal) => [refusal.index, refusal]));
  const isStored = refusals.length > 0 && !(error as MongoBulkWriteError).result.getWriteConcernError();
  for (const [index, { resolve, reject }] of batch.entries()) {
    const refusal = byIndex.get(index);
    if (refusal) reject(new MongoServerError({ message: refusal.errmsg ?? "refused", code: refusal.code }));
    else if (isStored) resolve();
    else reject(kindOf(error));
  }
}

/** The failure of the whole command. The driver hides the kinds of errors that are not the server's, but for its code. */
function kindOf(error: unknown): unknown {
  if (!(error instanceof MongoBulkWriteError) || typeof error.code === "number") {
    return error;
  }
  return new UnavailableError(`MongoDB is temporarily unavailable: ${error.message}`);
}
