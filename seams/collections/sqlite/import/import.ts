import { createHash, type Hash } from "node:crypto";
import { existsSync } from "node:fs";
import type { DatabaseSync } from "node:sqlite";
import { PRIVATE_FOLDER_MODE } from "../../../files/private.ts";
import { StoreUnusableError } from "../../collection.ts";
import { isConstraint, isNotNow, takenField } from "../errors.ts";
import { cellsOf, columnOf, type Layout } from "../layout.ts";
import { fitSchema, nameOf } from "../schema.ts";
import { haveFile, moveAside, type OldFiles, oldFilesOf, takeCopy } from "./files.ts";
import { chunksOf, DamagedLineError, readEntries } from "./lines.ts";

/** How far the import of a collection is. */
export interface ImportProgress {
  collection: string;
  /** The bytes of the old file that have been read. */
  bytes: number;
  /** The number of documents, once all are imported. */
  documents: number | null;
}

/** A collection to open. */
interface Opening {
  /** The data folder. */
  folder: string;
  collection: string;
  layout: Layout;
  report: (progress: ImportProgress) => void;
}

/** The imported collections. A collection is imported if, and only if, it has a row. */
const IMPORTS = `CREATE TABLE IF NOT EXISTS "_imports" (
  "collection" TEXT PRIMARY KEY NOT NULL, "bytes" INTEGER NOT NULL, "sha256" TEXT NOT NULL, "documents" INTEGER NOT NULL
) STRICT`;

interface Imported {
  bytes: number;
  sha256: string;
  documents: number;
}

/**
 * Makes the tables of a collection fit its layout. If the data folder has NeDB's file of the collection, its documents
 * are imported first, and then the file is moved aside. The import is one transaction, which also notes that it took
 * place: however it is interrupted, the next call begins again, or does what is left to do.
 *
 * @throws StoreUnusableError when the file can't be imported; nothing of it is imported then, and it stays in its place
 */
export function openCollection(db: DatabaseSync, opening: Opening): void {
  const files = oldFilesOf(opening.folder, opening.collection);
  if (!haveFile(files)) {
    fitSchema(db, opening.layout);
    return;
  }
  try {
    importOnce(db, opening, files);
  } catch (error) {
    throw translate(error, opening.layout, files);
  }
}

function importOnce(db: DatabaseSync, opening: Opening, files: OldFiles): void {
  const { folder, collection, layout, report } = opening;
  refuseSecond(files);
  takeCopy(files);
  db.exec(IMPORTS);
  const done = importOf(db, collection);
  if (done) refuseChanged(files, done);
  else refuseMixture(db, layout, files);
  fitSchema(db, layout, done ? null : () => importFile(db, opening, files));
  moveAside(folder, files, PRIVATE_FOLDER_MODE);
  const { bytes, documents } = importOf(db, collection)!;
  report({ collection, bytes, documents });
  if (!done) shortenLog(db);
}

/** The log would otherwise keep the length that the import's transaction gave it. */
function shortenLog(db: DatabaseSync): void {
  try {
    db.exec("PRAGMA wal_checkpoint(TRUNCATE)");
  } catch {
    // The documents are in the log, and a later checkpoint tries again.
  }
}

function importOf(db: DatabaseSync, collection: string): Imported | undefined {
  return db.prepare(`SELECT * FROM "_imports" WHERE "collection" = ?`).get(collection) as Imported | undefined;
}

/** Fills the collection's empty table, within the transaction of the caller. */
function importFile(db: DatabaseSync, { collection, layout, report }: Opening, { file }: OldFiles): void {
  const replaced = ["_doc", ...layout.columns].map((field) => `${columnOf(field)} = excluded.${columnOf(field)}`);
  const put = db.prepare(`${layout.insert} ON CONFLICT ("_id") DO UPDATE SET ${replaced.join()}`);
  const remove = db.prepare(`DELETE FROM ${layout.table} WHERE "_id" = ?`);
  // Kept beside the table in order to check it. NeDB held every document in memory, so there is room for the ids.
  const ids = new Set<string>();
  const hash = createHash("sha256");
  let bytes = 0;
  const chunks = hashed(chunksOf(file), hash, (length) => {
    bytes += length;
    report({ collection, bytes, documents: null });
  });
  readEntries(chunks, (entry) => {
    if (entry.json === null) {
      remove.run(entry.id);
      ids.delete(entry.id);
    } else {
      put.run(entry.id, entry.json, ...cellsOf(layout, entry.doc));
      ids.add(entry.id);
    }
  });
  const { rows } = db.prepare(`SELECT count(*) AS rows FROM ${layout.table}`).get() as { rows: number };
  if (rows !== ids.size) {
    throw new StoreUnusableError(`${file} has ${ids.size} documents, but ${rows} were imported. Please report this.`);
  }
  db.prepare(`INSERT INTO "_imports" VALUES (?, ?, ?, ?)`).run(collection, bytes, hash.digest("hex"), rows);
}

function* hashed(chunks: Iterable<Buffer>, hash: Hash, onChunk: (length: number) => void): Generator<Buffer> {
  for (const chunk of chunks) {
    hash.update(chunk);
    onChunk(chunk.length);
    yield chunk;
  }
}

/** An earlier version has run on a folder that was imported before, and has begun a new file. */
function refuseSecond({ file, imported }: OldFiles): void {
  if (!existsSync(imported)) return;
  throw new StoreUnusableError(
    `${file} is left of an earlier version of Starling, but ${imported} was imported before. Move the first one ` +
      `elsewhere to go on without what it contains.`,
  );
}

/** The last start died between the import and the moving. */
function refuseChanged({ file }: OldFiles, done: Imported): void {
  const hash = createHash("sha256");
  for (const chunk of chunksOf(file)) hash.update(chunk);
  if (hash.digest("hex") === done.sha256) return;
  throw new StoreUnusableError(
    `${file} has changed since it was imported. Move it elsewhere to go on without what it contains.`,
  );
}

function refuseMixture(db: DatabaseSync, { table }: Layout, { file }: OldFiles): void {
  const exists = db.prepare("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?").get(nameOf(table));
  if (!exists || !db.prepare(`SELECT 1 FROM ${table} LIMIT 1`).get()) return;
  throw new StoreUnusableError(
    `${file} can't be imported, because starling.sqlite beside it has documents of its own. Move one of the two elsewhere.`,
  );
}

function translate(error: unknown, layout: Layout, { file }: OldFiles): unknown {
  const { message, syscall } = error as NodeJS.ErrnoException;
  if (error instanceof DamagedLineError) {
    return new StoreUnusableError(
      `${file} is damaged, ${message}. Nothing of it was imported. Restore it from a backup, mend or remove this line, ` +
        `or move the file elsewhere to start without it.`,
    );
  }
  if (isConstraint(error)) {
    const field = takenField(message, layout);
    return new StoreUnusableError(
      `${file} can't be imported, because two of its documents have the same ${field}. Remove one of them.`,
    );
  }
  if (syscall === undefined && !isNotNow(error)) return error;
  return new StoreUnusableError(`${file} can't be imported (${message}). Mend this, and start again.`);
}
