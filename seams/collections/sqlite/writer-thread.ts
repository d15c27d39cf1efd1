import { dirname } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { type MessagePort, parentPort, receiveMessageOnPort, workerData } from "node:worker_threads";
import { Changes } from "./changes.ts";
import { isConstraint, isDamage, isNotNow, openRefusalOf, refusalOf, takenField } from "./errors.ts";
import { type ImportProgress, openCollection } from "./import/import.ts";
import { type Layout, layoutOf } from "./layout.ts";
import type { Answer, Answers, Request, WriterData } from "./requests.ts";
import { Upkeep } from "./upkeep.ts";

/** The log is cut to this length once all of it is in the file. */
const LOG_LIMIT_BYTES = 64 * 1024 * 1024;
/** Another program, such as sqlite3, may hold the lock for this long. */
const BUSY_LIMIT_MS = 3000;
/** One transaction takes at most this many requests, so that the first needn't wait long for the last. */
const BATCH_LIMIT = 1000;

const port = parentPort as MessagePort;
const { file, specs } = workerData as WriterData;
/** The collections that are open. */
const layouts = new Map<string, Layout>();
interface Opened {
  db: DatabaseSync;
  changes: Changes;
  upkeep: Upkeep;
}
let opened: Opened | null = null;

/** Opens the file at the first use, so that its failure answers a request. */
function open(): Opened {
  if (opened) return opened;
  const db = new DatabaseSync(file, { timeout: BUSY_LIMIT_MS });
  try {
    // Before the first table, because it decides how the file is laid out.
    db.exec("PRAGMA auto_vacuum = INCREMENTAL");
    db.exec("PRAGMA journal_mode = WAL");
    db.exec("PRAGMA synchronous = FULL");
    // Checkpoints run after the answers; see Upkeep.
    db.exec("PRAGMA wal_autocheckpoint = 0");
    db.exec(`PRAGMA journal_size_limit = ${LOG_LIMIT_BYTES}`);
    // Notices damaged pages instead of reading beyond them.
    db.exec("PRAGMA cell_size_check = ON");
    // The thread before this one opened these. Their tables fit already.
    for (const spec of specs) layouts.set(spec.name, layoutOf(spec));
  } catch (error) {
    db.close();
    throw error;
  }
  opened = { db, changes: new Changes(db), upkeep: new Upkeep(db) };
  return opened;
}

/** Carries out one request within the transaction. @throws SQLite's errors; TypeError for a request that is a bug */
function carryOut({ changes, upkeep }: Opened, request: Exclude<Request, { kind: "open" }>): Answer {
  const layout = layouts.get(request.collection)!;
  const insert = (json: string) => {
    changes.insert(layout, json);
    upkeep.noteDocuments(1, json.length);
  };
  const noteMany = (count: number) => {
    upkeep.noteDocuments(count);
    return count;
  };
  switch (request.kind) {
    case "insert":
      insert(request.json);
      return 1;
    case "insertMany":
      for (const json of request.jsons) insert(json);
      return request.jsons.length;
    case "updateOne": {
      const json = changes.updateOne(layout, request.query, request.update);
      upkeep.noteDocuments(json === null ? 0 : 1, json?.length);
      return json;
    }
    case "updateMany":
      return noteMany(changes.updateMany(layout, request.query, request.update));
    case "removeMany":
      return noteMany(changes.removeMany(layout, request.query));
  }
}

function answer(store: Opened, request: Exclude<Request, { kind: "open" }>): Answer {
  try {
    return carryOut(store, request);
  } catch (error) {
    if (isConstraint(error)) {
      return { kind: "taken", message: takenField((error as Error).message, layouts.get(request.collection)!) };
    }
    // The disk, or the whole file. A statement that is wrong by itself spoils no other request.
    if (isDamage(error) || isNotNow(error)) throw error;
    return refusalOf(error, file);
  }
}

/**
 * Commits a batch in one transaction, so with one wait for the disk. When the disk fails, the whole batch is refused; when
 * a part of the file is damaged, only the requests that need that part.
 */
function commit(requests: Exclude<Request, { kind: "open" }>[]): Answers {
  let db: DatabaseSync | null = null;
  try {
    const store = open();
    db = store.db;
    db.exec("BEGIN IMMEDIATE");
    const answers = requests.map((request) => answer(store, request));
    db.exec("COMMIT");
    store.upkeep.noteCommit();
    return answers;
  } catch (error) {
    if (db?.isTransaction) db.exec("ROLLBACK");
    if (isDamage(error) && requests.length > 1) {
      // Halves, because each commit waits for the disk.
      const middle = requests.length >> 1;
      return [...commit(requests.slice(0, middle)), ...commit(requests.slice(middle))];
    }
    return requests.map(() => refusalOf(error, file));
  }
}

function openSpec({ spec }: Extract<Request, { kind: "open" }>): Answer {
  try {
    const layout = layoutOf(spec);
    const report = (progress: ImportProgress) => port.postMessage(progress);
    openCollection(open().db, { folder: dirname(file), collection: spec.name, layout, report });
    layouts.set(spec.name, layout);
    return null;
  } catch (error) {
    return openRefusalOf(error, file, spec);
  }
}

/** Takes everything that has arrived, in order: requests that come in while the disk works share the next commit. */
function work(first: Request[]): void {
  const waiting = first;
  let isLast = false;
  while (!isLast && waiting.length < BATCH_LIMIT) {
    const more = receiveMessageOnPort(port) as { message: Request[] | "close" } | undefined;
    if (!more) break;
    if (more.message === "close") isLast = true;
    else waiting.push(...more.message);
  }
  let batch: Exclude<Request, { kind: "open" }>[] = [];
  const flush = () => {
    if (batch.length > 0) port.postMessage(commit(batch) satisfies Answers);
    batch = [];
  };
  for (const request of waiting) {
    if (request.kind !== "open") {
      if (batch.push(request) === BATCH_LIMIT) flush();
      continue;
    }
    flush();
    port.postMessage([openSpec(request)] satisfies Answers);
  }
  flush();
  if (isLast) close();
  else opened?.upkeep.checkpoint();
}

function close(): void {
  opened?.upkeep.stop();
  // The last connection moves the log into the file.
  opened?.db.close();
  opened = null;
  port.close();
}

port.on("message", (message: Request[] | "close") => (message === "close" ? close() : work(message)));
