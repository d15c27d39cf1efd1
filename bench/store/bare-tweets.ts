import { idAt } from "../../lib/snowflake.ts";
import { cellsOf, columnOf, layoutOf } from "../../seams/collections/sqlite/layout.ts";
import { type TweetDoc, TWEETS } from "../../services/tweets/tweet-doc.ts";
import { openBareTable } from "./bare-table.ts";

const FIRST_MS = Date.UTC(2026, 0, 1);
const AUTHORS = 1000;

/** Makes documents of tweets as the product stores them, each with the next id. */
export function tweetMaker() {
  let made = 0;
  return (text?: string): TweetDoc => {
    made += 1;
    const _id = idAt(FIRST_MS + made);
    const authorId = idAt(Date.UTC(2025, 0, 1) + (made % AUTHORS));
    const words =
      text ?? `Tweet ${made}, with the usual number of words in it, which is about as many as people write.`;
    const rest = { media: [], location: null, metadata: {}, mentions: [], delivered: false, notified: false };
    return { _id, key: `key-${_id}`, authorId, text: words, ...rest };
  };
}

/** A bare table of tweets with the same columns and indexes as the product's. */
export function openBareTweets(file: string) {
  const layout = layoutOf(TWEETS);
  const columns = layout.columns.map((field) => `, ${columnOf(field)} ANY`).join("");
  const create = `CREATE TABLE ${layout.table} ("_id" TEXT PRIMARY KEY NOT NULL, "_doc" TEXT NOT NULL${columns}) STRICT`;
  const table = openBareTable({ file, create: [create, ...layout.indexes.values()], insert: layout.insert });
  return {
    make: tweetMaker(),
    insert: (doc: TweetDoc) => table.insert([doc._id, JSON.stringify(doc), ...cellsOf(layout, doc)]),
    close: () => table.close(),
  };
}
