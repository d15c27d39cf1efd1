import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { UnavailableError } from "../../../lib/errors.ts";
import { PRIVATE_FOLDER_MODE } from "../../files/private.ts";
import type { CollectionSpec } from "../collection.ts";
import { isDamage, isNotNow } from "./errors.ts";
import { ImportBar, type Output } from "./import/progress.ts";
import { Reader } from "./reader.ts";
import { translate } from "./translate.ts";
import { type Log, Trouble } from "./trouble.ts";
import { Writer } from "./writer.ts";

/** The file of the embedded store within the data folder. */
export const STORE_FILE = "starling.sqlite";

/** SQLite keeps this much of the file in memory, in KiB; the operating system keeps the rest. */
const CACHE_KIB = 16 * 1024;

/** The file of the embedded store, with a connection for reading and a thread for writing. */
export class SqliteStore {
  readonly #folder: string;
  readonly #file: string;
  readonly #importBar: ImportBar;
  readonly #trouble: Trouble;
  readonly #writer: Writer;
  #db: DatabaseSync | null = null;
  #reader: Reader | null = null;

  /**
   * Opens nothing before the first collection.
   *
   * @param folder created when missing
   * @param told what is told: `log` when the disk fails, `out` of imports
   */
  constructor(folder: string, { log, out }: { log: Log; out: Output }) {
    this.#folder = folder;
    this.#file = join(folder, STORE_FILE);
    this.#importBar = new ImportBar(folder, out);
    this.#trouble = new Trouble(this.#file, log);
    this.#writer = new Writer(this.#file, {
      trouble: this.#trouble,
      onImport: (progress) => this.#importBar.show(progress),
    });
  }

  /** Makes a collection known that will be opened, so that the progress of imports counts its files. */
  expect({ name }: CollectionSpec): void {
    this.#importBar.expect(name);
  }

  /** Opens a collection, and imports what an earlier version left of it. @throws StoreUnusableError, UnavailableError */
  async open(spec: CollectionSpec): Promise<void> {
    mkdirSync(this.#folder, { recursive: true, mode: PRIVATE_FOLDER_MODE });
    await this.#writer.open(spec).catch((error: unknown) => {
      this.#importBar.stop();
      throw error;
    });
    if (this.#reader) return;
    // After the writer's, because only a connection that may write can create the file.
    try {
      this.#db = new DatabaseSync(this.#file, { readOnly: true });
      this.#db.exec(`PRAGMA cache_size = -${CACHE_KIB}`);
      this.#reader = new Reader(this.#db);
    } catch (error) {
      throw this.#explain(error);
    }
  }

  /** Runs a query. @throws UnavailableError, StoreUnusableError when the file is damaged */
  read<R>(query: (reader: Reader) => R): Promise<R> {
    try {
      if (!this.#reader) throw new UnavailableError("The store is not open");
      return Promise.resolve(query(this.#reader));
    } catch (error) {
      return Promise.reject(this.#explain(error));
    }
  }

  #explain(error: unknown): Error {
    const explained = translate(error, this.#file);
    if (isDamage(error)) this.#trouble.damaged(explained.message);
    else if (isNotNow(error)) this.#trouble.down(explained.message);
    return explained;
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
