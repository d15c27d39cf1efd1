import { once } from "node:events";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { idAt } from "../../lib/snowflake.ts";
import { openSqlite } from "../../seams/collections/sqlite/open.ts";
import { cellsOf, columnOf, layoutOf } from "../../seams/collections/sqlite/layout.ts";
import { type TweetDoc, TWEETS } from "../../services/tweets/tweet-doc.ts";
import { now } from "../load/measures.ts";
import type { BareData, Row } from "./bare-writer.ts";
import { type Ratio, ratioOf } from "./ratio.ts";

const SECONDS = 2;
const ROUNDS = 3;
const AT_ONCE = [1, 8, 64] as const;

/** Inserts a second, acknowledged once they are on the disk. */
export interface InsertFigures {
  readonly atOnce: number;
  /** Beside a bare table of ids and texts, and beside the same table with the same indexes. */
  readonly plain: Ratio;
  readonly indexed: Ratio;
}

/** Inserts tweets through a `Collection`, and beside it the same texts into bare tables, by turns. */
export async function benchInserts(folder: string): Promise<InsertFigures[]> {
  const store = openSqlite(join(folder, "collection"));
  const tweets = store.collection<TweetDoc>(TWEETS);
  await tweets.connect();
  const plain = openBare({
    file: join(folder, "plain.sqlite"),
    create: ["CREATE TABLE docs (id TEXT PRIMARY KEY, doc TEXT NOT NULL)"],
    insert: "INSERT INTO docs VALUES (?, ?)",
  });
  const layout = layoutOf(TWEETS);
  const columns = layout.columns.map((field) => `, ${columnOf(field)} ANY`).join("");
  const table = `CREATE TABLE ${layout.table} ("_id" TEXT PRIMARY KEY NOT NULL, "_doc" TEXT NOT NULL${columns}) STRICT`;
  const indexed = openBare({
    file: join(folder, "indexed.sqlite"),
    create: [table, ...layout.indexes.values()],
    insert: layout.insert,
  });
  let made = 0;
  const make = (): TweetDoc => {
    made += 1;
    const _id = idAt(Date.UTC(2026, 0, 1) + made);
    const authorId = idAt(Date.UTC(2025, 0, 1) + (made % 1000));
    const text = `Tweet ${made}, with the usual number of words in it, which is about as many as people write.`;
    const rest = { media: [], location: null, metadata: {}, mentions: [], delivered: false, notified: false };
    return { _id, key: `key-${_id}`, authorId, text, ...rest };
  };
  const figures: InsertFigures[] = [];
  for (const atOnce of AT_ONCE) {
    const besidePlain: [number, number][] = [];
    const besideIndexed: [number, number][] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const ours = await rateOf(atOnce, () => tweets.insert(make()));
      besidePlain.push([ours, await rateOf(atOnce, () => plain.insert(rowOf(make(), [])))]);
      const withCells = () => {
        const doc = make();
        return indexed.insert(rowOf(doc, cellsOf(layout, doc)));
      };
      besideIndexed.push([ours, await rateOf(atOnce, withCells)]);
    }
    figures.push({ atOnce, plain: ratioOf(besidePlain), indexed: ratioOf(besideIndexed) });
  }
  await store.close();
  await plain.close();
  await indexed.close();
  return figures;
}

/** @returns calls a second, with so many in flight */
async function rateOf(atOnce: number, call: () => Promise<unknown>): Promise<number> {
  const began = now();
  const until = began + SECONDS * 1000;
  let done = 0;
  const keepCalling = async () => {
    for (; now() < until; done++) await call();
  };
  await Promise.all(Array.from({ length: atOnce }, keepCalling));
  return done / ((now() - began) / 1000);
}

function rowOf(doc: TweetDoc, cells: Row): Row {
  return [doc._id, JSON.stringify(doc), ...cells];
}

function openBare(workerData: BareData) {
  const worker = new Worker(new URL("bare-writer.ts", import.meta.url), { workerData });
  const waiting: (() => void)[] = [];
  worker.on("message", (count: number) => {
    for (const resolve of waiting.splice(0, count)) resolve();
  });
  return {
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
