import type { DatabaseSync } from "node:sqlite";

/** A checkpoint moves the pages of the log to the file when the log has grown by about this much. */
const CHECKPOINT_BYTES = 16 * 1024 * 1024;
/** Rough sizes in the log, which holds whole pages: those of each commit, and those of a document with its indexes. */
const COMMIT_BYTES = 16 * 1024;
const DOCUMENT_BYTES = 8 * 1024;
/** Free pages are given back to the file system this many at a time, so that no step takes long. */
const VACUUM_PAGES = 500;
/** And only beyond this many, because free pages are soon used again. */
const FREE_PAGES_LIMIT = 2000;
/** Between two such steps requests get their turn. */
const VACUUM_EVERY_MS = 50;

/** Keeps the log and the file as short as they can be, between the writer's commits. */
export class Upkeep {
  readonly #db: DatabaseSync;
  /** Bytes in the log since the last checkpoint. */
  #logged = COMMIT_BYTES;
  #vacuuming: NodeJS.Timeout | null = null;

  constructor(db: DatabaseSync) {
    this.#db = db;
  }

  /** Notes that documents are written. @param bytes the length of their texts, as far as it is known */
  noteDocuments(count: number, bytes = 0): void {
    this.#logged += count * DOCUMENT_BYTES + bytes;
  }

  noteCommit(): void {
    this.#logged += COMMIT_BYTES;
  }

  /** Moves the log's pages into the file when it is time, and begins to give free pages back. */
  checkpoint(): void {
    if (this.#logged < CHECKPOINT_BYTES) return;
    this.#logged = 0;
    try {
      this.#db.exec("PRAGMA wal_checkpoint(PASSIVE)");
      this.#vacuuming ??= setTimeout(() => this.#vacuum(), VACUUM_EVERY_MS);
    } catch {
      // The log keeps everything that it could not move; the next checkpoint tries again.
    }
  }

  stop(): void {
    if (this.#vacuuming) clearTimeout(this.#vacuuming);
  }

  /** Gives some free pages back, and goes on by itself until few are left: no more writes may come for long. */
  #vacuum(): void {
    this.#vacuuming = null;
    try {
      const { freelist_count: free } = this.#db.prepare("PRAGMA freelist_count").get() as { freelist_count: number };
      if (free <= FREE_PAGES_LIMIT) return;
      this.#db.exec(`PRAGMA incremental_vacuum(${VACUUM_PAGES})`);
      // The file becomes shorter only with this.
      this.#db.exec("PRAGMA wal_checkpoint(PASSIVE)");
      this.#vacuuming = setTimeout(() => this.#vacuum(), VACUUM_EVERY_MS);
    } catch {
      // The pages stay free; the next checkpoint tries again.
    }
  }
}
