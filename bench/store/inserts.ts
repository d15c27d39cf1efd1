import { once } from "node:events";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { idAt } from "../../lib/snowflake.ts";
import { openSqlite } from "../../seams/collections/sqlite/open.ts";
import { type TweetDoc, TWEETS } from "../../services/tweets/tweet-doc.ts";
import { now } from "../load/measures.ts";
import { type Ratio, ratioOf } from "./ratio.ts";

const SECONDS = 2;
const ROUNDS = 3;
const AT_ONCE = [1, 8, 64] as const;

/** Inserts a second, acknowledged once they are on the disk. */
export interface InsertFigures {
  readonly atOnce: number;
  readonly rates: Ratio;
}

/** Inserts tweets through a `Collection`, and beside it the same texts into a bare table, by turns. */
export async function benchInserts(folder: string): Promise<InsertFigures[]> {
  const store = openSqlite(join(folder, "collection"));
  const tweets = store.collection<TweetDoc>(TWEETS);
  await tweets.connect();
  const bare = openBare(join(folder, "bare.sqlite"));
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
    const rounds: [number, number][] = [];
    for (let round = 0; round < ROUNDS; round++) {
      rounds.push([await rateOf(atOnce, () => tweets.insert(make())), await rateOf(atOnce, () => bare.insert(make()))]);
    }
    figures.push({ atOnce, rates: ratioOf(rounds) });
  }
  await store.close();
  await bare.close();
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

function openBare(file: string) {
  const worker = new Worker(new URL("bare-writer.ts", import.meta.url), { workerData: file });
  const waiting: (() => void)[] = [];
  worker.on("message", (count: number) => {
    for (const resolve of waiting.splice(0, count)) resolve();
  });
  return {
    insert: (doc: TweetDoc) =>
      new Promise<void>((resolve) => {
        waiting.push(resolve);
        worker.postMessage([doc._id, JSON.stringify(doc)]);
      }),
    async close() {
      worker.postMessage("close");
      await once(worker, "exit");
    },
  };
}
