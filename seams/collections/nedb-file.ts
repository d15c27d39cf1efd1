import { type FileHandle, mkdir, open } from "node:fs/promises";
import { join } from "node:path";
import nedb from "@seald-io/nedb";
import { messageOf, UnavailableError } from "../../lib/errors.ts";
import { PRIVATE_FOLDER_MODE } from "../files/private.ts";
import { type CollectionSpec, StoreUnusableError } from "./collection.ts";
import { createFlusher } from "./flush.ts";

// NeDB is CommonJS: at run time its default import is the class itself, contrary to its types.
const Datastore = nedb as unknown as typeof nedb.default;
export type Datastore<T> = nedb.default<T>;

/**
 * NeDB over its append-only file, made as durable as a database. Acknowledged writes are on the disk, not only in the
 * operating system's memory, and a full or failing disk leaves no partial line in the middle of the file.
 */
export class NedbFile<T> {
  readonly db: Datastore<T>;
  readonly #filename: string;
  #file: FileHandle | null = null;
  #flush: () => Promise<void> = () => Promise.resolve();
  /** Whether the file is behind the memory, because a write has failed. */
  #behind = false;
  #rewriting: Promise<void> | null = null;

  private constructor(db: Datastore<T>, filename: string) {
    this.db = db;
    this.#filename = filename;
  }

  /**
   * Opens the file `NAME.db` in the folder; creates both when missing.
   *
   * @throws StoreUnusableError when the file is damaged
   */
  static async open<T>({ name, indexes }: CollectionSpec, folder: string): Promise<NedbFile<T>> {
    await mkdir(folder, { recursive: true, mode: PRIVATE_FOLDER_MODE });
    const filename = join(folder, `${name}.db`);
    await dropTornLine(filename);
    // Threshold 0: any damage other than a torn last line stops the start; NeDB would silently drop documents.
    const db = new Datastore<T>({ filename, corruptAlertThreshold: 0 });
    try {
      await db.loadDatabaseAsync();
    } catch (error) {
      throw new StoreUnusableError(
        `${filename} can't be read (${messageOf(error)}). Restore it from a backup, or move it away to start empty.`,
      );
    }
    for (const { fields, unique } of indexes) {
      const first = Object.keys(fields)[0];
      if (first !== undefined && first !== "_id") {
        await db.ensureIndexAsync({ fieldName: first, unique: unique ?? false, sparse: unique ?? false });
      }
    }
    const opened = new NedbFile(db, filename);
    await opened.#openForFlushing();
    return opened;
  }

  /**
   * Runs a write; resolves when it is on the disk.
   *
   * @throws errors of `work`; UnavailableError when the disk fails, after which the write may or may not be stored
   */
  async write<R>(work: (db: Datastore<T>) => Promise<R>): Promise<R> {
    if (this.#behind) await this.#rewrite();
    try {
      return await work(this.db);
    } catch (error) {
      if (isDiskError(error)) this.#fail(error);
      throw error;
    } finally {
      // Flush also after a refusal: "this key is taken" acknowledges a document that may have been written just now.
      // Rewrite first, because a write that failed a moment ago may have left a partial line before this one.
      if (this.#behind) await this.#rewrite();
      await this.#flush().catch((error: unknown) => this.#fail(error));
    }
  }

  async close(): Promise<void> {
    await this.#file?.close();
    this.#file = null;
  }

  #fail(error: unknown): never {
    this.#behind = true;
    throw new UnavailableError(`${this.#filename} can't be written: ${messageOf(error)}`);
  }

  /** Rewrites the whole file from memory, and moves it into place once complete. */
  #rewrite(): Promise<void> {
    this.#rewriting ??= this.db
      .compactDatafileAsync()
      .then(async () => {
        await this.close();
        await this.#openForFlushing();
        this.#behind = false;
      })
      .catch((error: unknown) => this.#fail(error))
      .finally(() => {
        this.#rewriting = null;
      });
    return this.#rewriting;
  }

  async #openForFlushing(): Promise<void> {
    const file = await open(this.#filename, "a");
    this.#file = file;
    this.#flush = createFlusher(file);
  }
}

/** Whether the operating system raised the error, not NeDB. */
function isDiskError(error: unknown): boolean {
  return typeof (error as NodeJS.ErrnoException).syscall === "string";
}

/** Cuts off a last line without a line end: the process died while writing it, so it was never acknowledged. */
async function dropTornLine(filename: string): Promise<void> {
  const file = await open(filename, "r+").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return null;
    throw error;
  });
  if (!file) return;
  try {
    const CHUNK_BYTES = 65_536;
    const { size } = await file.stat();
    let end = size;
    while (end > 0) {
      const start = Math.max(0, end - CHUNK_BYTES);
      const { buffer } = await file.read(Buffer.alloc(end - start), 0, end - start, start);
      const newline = buffer.lastIndexOf(10);
      if (newline !== -1) {
        end = start + newline + 1;
        break;
      }
      end = start;
    }
    if (end < size) await file.truncate(end);
  } finally {
    await file.close();
  }
}
