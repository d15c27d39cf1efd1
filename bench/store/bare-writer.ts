// The bare engine beside the store's inserts: one table of ids and texts, and a thread that commits what has come in.
import { DatabaseSync } from "node:sqlite";
import { type MessagePort, parentPort, receiveMessageOnPort, workerData } from "node:worker_threads";

const port = parentPort as MessagePort;
const db = new DatabaseSync(workerData as string);
db.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL");
db.exec("CREATE TABLE docs (id TEXT PRIMARY KEY, doc TEXT NOT NULL)");
const insert = db.prepare("INSERT INTO docs VALUES (?, ?)");

port.on("message", (first: [string, string] | "close") => {
  if (first === "close") {
    db.close();
    port.close();
    return;
  }
  let count = 0;
  db.exec("BEGIN");
  for (let doc: [string, string] | undefined = first; doc; count++) {
    insert.run(...doc);
    doc = (receiveMessageOnPort(port) as { message: [string, string] } | undefined)?.message;
  }
  db.exec("COMMIT");
  port.postMessage(count);
});
