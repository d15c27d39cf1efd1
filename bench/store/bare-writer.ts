// The bare engine beside the store's inserts: a thread that commits all rows that have come in, into one table.
import { DatabaseSync, type SQLInputValue } from "node:sqlite";
import { type MessagePort, parentPort, receiveMessageOnPort, workerData } from "node:worker_threads";

/** A row's values, in the order of the insert's parameters. */
export type Row = SQLInputValue[];

/** The thread's data. */
export interface BareData {
  file: string;
  /** The statements that make the table and its indexes. */
  create: string[];
  insert: string;
}

const port = parentPort as MessagePort;
const { file, create, insert } = workerData as BareData;
const db = new DatabaseSync(file);
db.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL");
for (const statement of create) db.exec(statement);
const statement = db.prepare(insert);

port.on("message", (first: Row | "close") => {
  if (first === "close") {
    db.close();
    port.close();
    return;
  }
  let count = 0;
  db.exec("BEGIN");
  for (let row: Row | undefined = first; row; count++) {
    statement.run(...row);
    row = (receiveMessageOnPort(port) as { message: Row } | undefined)?.message;
  }
  db.exec("COMMIT");
  port.postMessage(count);
});
