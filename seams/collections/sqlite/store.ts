import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { PRIVATE_FOLDER_MODE } from "../../files/private.ts";
import type { CollectionSpec } from "../collection.ts";
import { translate } from "./errors.ts";
import { Reader } from "./reader.ts";
import { Writer } from "./writer.ts";

/** The file of the embedded store within the data folder. */
export const STORE_FILE = "starling.sqlite";

/** SQLite keeps this much of the file in memory, in KiB; the operating system keeps the rest. */
const CACHE_KIB = 16 * 1024;

/** The file of the embedded store, with a connection for reading and a thread for writing. */
export class SqliteStore {
  readonly #folder: string;
  readonly #file: string;
  readonly #writer: Writer;
  #db: DatabaseSync | null = null;
  #reader: Reader | null = null;

  /** Opens nothing before the first collection. @param folder created when missing */
  constructor(folder: string) {
    this.#folder = folder;
    this.#file = join(folder, STORE_FILE);
    this.#writer = new Writer(this.#file);
  }

  /** Opens a collection. @throws StoreUnusableError, UnavailableError */
  async open(spec: CollectionSpec): Promise<void> {
    mkdirSync(this.#folder, { recursive: true, mode: PRIVATE_FOLDER_MODE });
    await this.#writer.open(spec);
    if (this.#reader) return;
    // After the writer's, because only a connection that may write can create the file.
    this.#db = new DatabaseSync(this.#file, { readOnly: true });
    this.#db.exec(`PRAGMA cache_size = -${CACHE_KIB}`);
    this.#reader = new Reader(this.#db);
  }

  /** Runs a query. @throws UnavailableError, StoreUnusableError when the file is damaged */
  read<R>(query: (reader: Reader) => R): Promise<R> {
    try {
      if (!this.#reader) throw new Error("The store is not open");
      return Promise.resolve(query(this.#reader));
    } catch (error) {
      return Promise.reject(translate(error, this.#file));
    }
  }

  /** See {@link Writer.request}. */
  write(request: Parameters<Writer["request"]>[0]): ReturnType<Writer["request"]> {
    return this.#writer.request(request);
  }

  /** Waits for the writes in flight. */
  async close(): Promise<void> {
    this.#db?.close();
    this.#db = null;
    this.#reader = null;
    await this.#writer.close();
  }
}
