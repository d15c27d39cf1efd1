import { existsSync } from "node:fs";
import { join } from "node:path";
import { backup, DatabaseSync } from "node:sqlite";
import { pathToFileURL } from "node:url";
import { type Document, StoreUnusableError } from "../collection.ts";
import { damagedMessage, isDamage } from "./errors.ts";
import { STORE_FILE } from "./store.ts";

/** Pages of a step of the copy: some milliseconds, so that progress and signals get their turn in between. */
const STEP_PAGES = 1000;

/**
 * The embedded store as it was at one moment, however much is written meanwhile: a read transaction holds that moment.
 * The server's log grows until {@link close}, because SQLite keeps what the transaction may still read.
 */
export class Snapshot {
  readonly #db: DatabaseSync;

  /** @throws SQLite's error when the file can't be opened */
  constructor(folder: string) {
    this.#db = new DatabaseSync(join(folder, STORE_FILE), { readOnly: true });
    this.renew();
  }

  /** Moves on to the present. */
  renew(): void {
    if (this.#db.isTransaction) this.#db.exec("COMMIT");
    this.#db.exec("BEGIN");
    // The moment is that of the first read.
    this.#db.prepare("SELECT count(*) FROM sqlite_schema").get();
  }

  /** The documents of a collection, in no particular order; none when the collection was never opened. */
  documents<T extends Document>(collection: string): Iterable<T> {
    return documentsOf<T>(this.#db, collection);
  }

  /**
   * Copies the store into a new file.
   *
   * @param path replaced when it exists
   * @param onProgress is called with the share that is done, between 0 and 1
   */
  async copyTo(path: string, onProgress: (share: number) => void): Promise<void> {
    const target = pathToFileURL(path);
    // Nobody else opens the copy, and shares of a network may know no locks.
    target.searchParams.set("nolock", "1");
    await backup(this.#db, target, {
      rate: STEP_PAGES,
      progress: ({ totalPages, remainingPages }) => onProgress(1 - remainingPages / Math.max(totalPages, 1)),
    });
  }

  close(): void {
    this.#db.close();
  }
}

/** Whether the folder has an embedded store. */
export function hasStore(folder: string): boolean {
  return existsSync(join(folder, STORE_FILE));
}

/**
 * Checks a closed copy of the store completely. The file may come from anywhere: it is not changed, and code in it, such
 * as a trigger, does not run.
 *
 * @throws StoreUnusableError when the copy is damaged, or is no store of ours
 */
export function checkCopy(path: string): void {
  readCopy(path, (db) => {
    const [row] = db.prepare("PRAGMA integrity_check(1)").all() as { integrity_check: string }[];
    if (row?.integrity_check !== "ok") throw new StoreUnusableError(`The database is damaged: ${row?.integrity_check}`);
    const code = db.prepare("SELECT name FROM sqlite_schema WHERE type NOT IN ('table', 'index')").get();
    if (code) throw new StoreUnusableError("The database is not Starling's: it contains triggers or views");
  });
}

/** Visits the documents of a collection in a closed copy of the store. */
export function visitCopy<T extends Document>(path: string, collection: string, visit: (doc: T) => void): void {
  readCopy(path, (db) => {
    for (const doc of documentsOf<T>(db, collection)) visit(doc);
  });
}

function readCopy(path: string, read: (db: DatabaseSync) => void): void {
  const url = pathToFileURL(path);
  // Reads the file alone: no lock, no log, no shared memory beside it.
  url.searchParams.set("immutable", "1");
  try {
    const db = new DatabaseSync(url, { readOnly: true });
    try {
      db.exec("PRAGMA trusted_schema = OFF");
      db.exec("PRAGMA cell_size_check = ON");
      read(db);
    } finally {
      db.close();
    }
  } catch (error) {
    if (isDamage(error)) throw new StoreUnusableError(damagedMessage(path, (error as Error).message));
    throw error;
  }
}

function* documentsOf<T extends Document>(db: DatabaseSync, collection: string): Generator<T> {
  if (!db.prepare("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?").get(collection)) return;
  const rows = db.prepare(`SELECT "_doc" AS json FROM "${collection}"`).iterate();
  for (const { json } of rows as Iterable<unknown> as Iterable<{ json: string }>) yield JSON.parse(json) as T;
}
