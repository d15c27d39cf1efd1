import { DatabaseSync } from "node:sqlite";
import { type MessagePort, parentPort, receiveMessageOnPort, workerData } from "node:worker_threads";
import { Changes } from "./changes.ts";
import { damagedMessage, isConstraint, isDamage, isNotNow, takenField } from "./errors.ts";
import { type Layout, layoutOf } from "./layout.ts";
import type { Answer, Answers, Refusal, Request, WriterData } from "./requests.ts";
import { fitSchema } from "./schema.ts";

/** A checkpoint moves the pages of the log to the file after about this many bytes of documents. */
const CHECKPOINT_BYTES = 2 * 1024 * 1024;
/** The log is cut to this length once all of it is in the file. */
const LOG_LIMIT_BYTES = 64 * 1024 * 1024;
/** Free pages are given back to the file system this many at a time, so that no step takes long. */
const VACUUM_PAGES = 500;
/** And only beyond this many, because free pages are soon used again. */
const FREE_PAGES_LIMIT = 2000;
/** Between two such steps requests get their turn. */
const VACUUM_EVERY_MS = 50;
/** A rough size of a document, for changes of many, which count for the log as well. */
const DOCUMENT_BYTES = 1024;
/** Another program, such as sqlite3, may hold the lock for this long. */
const BUSY_LIMIT_MS = 3000;
/** One transaction takes at most this many requests, so that the first needn't wait long for the last. */
const BATCH_LIMIT = 1000;

const port = parentPort as MessagePort;
const { file } = workerData as WriterData;
const layouts = new Map<string, Layout>();
let opened: { db: DatabaseSync; changes: Changes } | null = null;
/** Bytes of documents written since the last checkpoint. */
let logged = 0;
let vacuuming: NodeJS.Timeout | null = null;

/** Opens the file at the first use, so that its failure answers a request. */
function open() {
  if (opened) return opened;
  const db = new DatabaseSync(file, { timeout: BUSY_LIMIT_MS });
  // Before the first table, because it decides how the file is laid out.
  db.exec("PRAGMA auto_vacuum = INCREMENTAL");
  db.exec("PRAGMA journal_mode = WAL");
  db.exec("PRAGMA synchronous = FULL");
  // Checkpoints run after the answers; see `checkpoint`.
  db.exec("PRAGMA wal_autocheckpoint = 0");
  db.exec(`PRAGMA journal_size_limit = ${LOG_LIMIT_BYTES}`);
  // Notices damaged pages instead of reading beyond them.
  db.exec("PRAGMA cell_size_check = ON");
  opened = { db, changes: new Changes(db) };
  return opened;
}

/** Carries out one request within the transaction. @throws SQLite's errors; TypeError for a request that is a bug */
function carryOut(changes: Changes, request: Exclude<Request, { kind: "open" }>): Answer {
  const layout = layouts.get(request.collection)!;
  switch (request.kind) {
    case "insert":
      changes.insert(layout, request.json);
      logged += request.json.length;
      return null;
    case "insertMany":
      for (const json of request.jsons) {
        changes.insert(layout, json);
        logged += json.length;
      }
      return null;
    case "updateOne": {
      const json = changes.updateOne(layout, request.query, request.update);
      logged += json?.length ?? 0;
      return json;
    }
    case "updateMany":
      return logMany(changes.updateMany(layout, request.query, request.update));
    case "removeMany":
      return logMany(changes.removeMany(layout, request.query));
  }
}

function logMany(documents: number): number {
  logged += documents * DOCUMENT_BYTES;
  return documents;
}

function answer(changes: Changes, request: Exclude<Request, { kind: "open" }>): Answer {
  try {
    return carryOut(changes, request);
  } catch (error) {
    if (isConstraint(error)) {
      return { kind: "taken", message: takenField((error as Error).message, layouts.get(request.collection)!) };
    }
    // The disk, or the whole file. A statement that is wrong by itself spoils no other request.
    if (isDamage(error) || isNotNow(error)) throw error;
    return refusalOf(error);
  }
}

function refusalOf(error: unknown): Refusal {
  const { message } = error as Error;
  if (isDamage(error)) return { kind: "unusable", message: damagedMessage(file, message) };
  if (isNotNow(error)) return { kind: "down", message: `${file} can't be written: ${message}` };
  return { kind: "bug", message };
}

/** Commits a batch in one transaction, so with one wait for the disk. A failure refuses the whole batch. */
function commit(requests: Exclude<Request, { kind: "open" }>[]): Answers {
  let db: DatabaseSync | null = null;
  try {
    const { changes } = open();
    db = opened!.db;
    db.exec("BEGIN IMMEDIATE");
    const answers = requests.map((request) => answer(changes, request));
    db.exec("COMMIT");
    return answers;
  } catch (error) {
    if (db?.isTransaction) db.exec("ROLLBACK");
    return requests.map(() => refusalOf(error));
  }
}

function openCollection({ spec }: Extract<Request, { kind: "open" }>): Answer {
  try {
    const layout = layoutOf(spec);
    fitSchema(open().db, layout);
    layouts.set(spec.name, layout);
    return null;
  } catch (error) {
    const refusal = refusalOf(error);
    if (!isConstraint(error)) return refusal;
    const message = `An index of ${spec.name} can't be made unique, because two documents have the same value. Remove one of them.`;
    return { kind: "unusable", message };
  }
}

/** Moves the log's pages into the file, and begins to give free pages back to the file system. */
function checkpoint(): void {
  if (logged < CHECKPOINT_BYTES || !opened) return;
  logged = 0;
  try {
    opened.db.exec("PRAGMA wal_checkpoint(PASSIVE)");
    vacuuming ??= setTimeout(vacuum, VACUUM_EVERY_MS);
  } catch {
    // The log keeps everything that it could not move; the next checkpoint tries again.
  }
}

/** Gives some free pages back, and goes on by itself until few are left: no more writes may come for long. */
function vacuum(): void {
  vacuuming = null;
  if (!opened) return;
  const { db } = opened;
  try {
    const { freelist_count: free } = db.prepare("PRAGMA freelist_count").get() as { freelist_count: number };
    if (free <= FREE_PAGES_LIMIT) return;
    db.exec(`PRAGMA incremental_vacuum(${VACUUM_PAGES})`);
    // The file becomes shorter only with this.
    db.exec("PRAGMA wal_checkpoint(PASSIVE)");
    vacuuming = setTimeout(vacuum, VACUUM_EVERY_MS);
  } catch {
    // The pages stay free; the next checkpoint tries again.
  }
}

/** Takes everything that has arrived, in order: requests that come in while the disk works share the next commit. */
function work(first: Request[]): void {
  const waiting = first;
  for (let more = receiveMessageOnPort(port); more; more = receiveMessageOnPort(port)) {
    waiting.push(...(more.message as Request[]));
    if (waiting.length >= BATCH_LIMIT) break;
  }
  let batch: Exclude<Request, { kind: "open" }>[] = [];
  const flush = () => {
    if (batch.length > 0) port.postMessage(commit(batch) satisfies Answers);
    batch = [];
  };
  for (const request of waiting) {
    if (request.kind !== "open") {
      batch.push(request);
      continue;
    }
    flush();
    port.postMessage([openCollection(request)] satisfies Answers);
  }
  flush();
  checkpoint();
}

port.on("message", (message: Request[] | "close") => {
  if (message !== "close") {
    work(message);
    return;
  }
  if (vacuuming) clearTimeout(vacuuming);
  // The last connection moves the log into the file.
  opened?.db.close();
  opened = null;
  port.close();
});
