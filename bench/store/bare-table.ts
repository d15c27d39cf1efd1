import { once } from "node:events";
import { Worker } from "node:worker_threads";
import type { BareData, Row } from "./bare-writer.ts";

/** A table of SQLite with a thread that commits all rows that have come in. */
export function openBareTable(workerData: BareData) {
  const worker = new Worker(new URL("bare-writer.ts", import.meta.url), { workerData });
  const waiting: (() => void)[] = [];
  worker.on("message", (count: number) => {
    for (const resolve of waiting.splice(0, count)) resolve();
  });
  return {
    /** Resolves once the row is on the disk. */
    insert: (row: Row) =>
      new Promise<void>((resolve) => {
        waiting.push(resolve);
        worker.postMessage(row);
      }),
    async close() {
      worker.postMessage("close");
      await once(worker, "exit");
    },
  };
}
