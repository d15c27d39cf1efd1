import { rm } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { type Db, MongoClient } from "mongodb";
import { startMongo } from "../../dev/servers/index.ts";
import { idAt } from "../../lib/snowflake.ts";
import type { Collection } from "../../seams/collections/collection.ts";
import { MongoConnection } from "../../seams/collections/mongo-connection.ts";
import { MongoCollection } from "../../seams/collections/mongo.ts";
import { openSqlite } from "../../seams/collections/sqlite/open.ts";
import { sweepTombstones } from "../../services/tweets/sweep.ts";
import { tombstoneUpdate, type TweetDoc, TWEETS } from "../../services/tweets/tweet-doc.ts";
import { temporaryFolder } from "../helper.ts";
import { QUIET } from "../support/backends.ts";
import { describeWith } from "../support/servers.ts";

const DAY_MS = 86_400_000;
/** More than two batches. */
const OLD = 450;

interface Store {
  tweets: Collection<TweetDoc>;
  db?: Db;
  stop(): Promise<void>;
}

async function sqlite(): Promise<Store> {
  const folder = await temporaryFolder();
  const store = openSqlite(folder);
  return {
    tweets: store.collection<TweetDoc>(TWEETS),
    async stop() {
      await store.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function mongo(): Promise<Store> {
  const set = await startMongo();
  const connection = new MongoConnection(set.url, QUIET);
  const client = await MongoClient.connect(set.url);
  return {
    tweets: new MongoCollection<TweetDoc>(TWEETS, connection),
    db: client.db("starling"),
    async stop() {
      await client.close();
      await connection.close();
      await set.stop();
    },
  };
}

function contract(name: string, suite: typeof describe | typeof describe.skip, start: () => Promise<Store>): void {
  suite(`tombstones in ${name}`, () => {
    let store: Store;
    let tweets: Collection<TweetDoc>;

    beforeAll(async () => {
      store = await start();
      tweets = store.tweets;
      await tweets.connect();
    }, 300_000);
    afterAll(async () => {
      await tweets?.disconnect();
      await store?.stop();
    });

    it("are removed 90 days after the deletion, by an index, even if two nodes do so at once", async () => {
      const created = Date.now() - 1000 * DAY_MS;
      const tweet = (n: number): TweetDoc => {
        return { _id: idAt(created + n), key: `k${n}`, authorId: "1", text: "x", delivered: true, notified: true };
      };
      const docs = Array.from({ length: OLD + 3 }, (_, n) => tweet(n));
      await tweets.insertMany(docs);
      const remove = (doc: TweetDoc, daysAgo: number) =>
        tweets.updateById(doc._id, tombstoneUpdate("1", Date.now() - daysAgo * DAY_MS));
      await Promise.all(docs.slice(0, OLD).map((doc, n) => remove(doc, 91 + n)));
      await remove(docs[OLD]!, 89);
      await remove(docs[OLD + 1]!, 0);
      await store.db?.command({ profile: 2 });

      await Promise.all([sweepTombstones(tweets), sweepTombstones(tweets)]);

      expect((await tweets.find({})).map(({ key }) => key).sort()).toEqual([`k${OLD}`, `k${OLD + 1}`, `k${OLD + 2}`]);
      const looks = await store.db?.collection("system.profile").find({ "command.filter.deleted": true }).toArray();
      for (const look of looks ?? []) {
        expect(look["planSummary"]).toBe("IXSCAN { deletedAt: 1 }");
        expect(look["docsExamined"]).toBe(look["nreturned"]);
      }
      expect(looks?.length ?? 3).toBeGreaterThanOrEqual(3);
    });
  });
}

contract("SQLite", describe, sqlite);
contract("MongoDB", await describeWith("mongod"), mongo);
