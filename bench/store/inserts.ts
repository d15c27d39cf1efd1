import { join } from "node:path";
import { openSqlite } from "../../seams/collections/sqlite/open.ts";
import { type TweetDoc, TWEETS } from "../../services/tweets/tweet-doc.ts";
import { now } from "../load/measures.ts";
import { openBareTable } from "./bare-table.ts";
import { openBareTweets, tweetMaker } from "./bare-tweets.ts";
import { type Ratio, ratioOf } from "./ratio.ts";

const SECONDS = 2;
const ROUNDS = 3;
const AT_ONCE = [1, 8, 64] as const;

/** Inserts a second, acknowledged once they are on the disk. */
export interface InsertFigures {
  readonly atOnce: number;
  /** Beside a bare table with the one index that a profile page needs, and beside one with the same indexes. */
  readonly plain: Ratio;
  readonly indexed: Ratio;
}

/** Inserts tweets through a `Collection`, and beside it the same texts into bare tables, by turns. */
export async function benchInserts(folder: string): Promise<InsertFigures[]> {
  const store = openSqlite(join(folder, "collection"));
  const tweets = store.collection<TweetDoc>(TWEETS);
  await tweets.connect();
  const plain = openBareTable({
    file: join(folder, "plain.sqlite"),
    create: [
      "CREATE TABLE docs (id TEXT PRIMARY KEY, author TEXT NOT NULL, doc TEXT NOT NULL)",
      "CREATE INDEX authors ON docs (author, id DESC)",
    ],
    insert: "INSERT INTO docs VALUES (?, ?, ?)",
  });
  const indexed = openBareTweets(join(folder, "indexed.sqlite"));
  const make = tweetMaker();
  const figures: InsertFigures[] = [];
  for (const atOnce of AT_ONCE) {
    const besidePlain: [number, number][] = [];
    const besideIndexed: [number, number][] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const ours = await rateOf(atOnce, () => tweets.insert(make()));
      const plainly = () => {
        const doc = make();
        return plain.insert([doc._id, doc.authorId!, JSON.stringify(doc)]);
      };
      besidePlain.push([ours, await rateOf(atOnce, plainly)]);
      besideIndexed.push([ours, await rateOf(atOnce, () => indexed.insert(make()))]);
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
