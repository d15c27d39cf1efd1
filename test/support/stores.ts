import { rm } from "node:fs/promises";
import { afterAll, beforeAll, describe } from "@jest/globals";
import { type Db, MongoClient } from "mongodb";
import { startMongo } from "../../dev/servers/index.ts";
import type { Collection, CollectionSpec, Document } from "../../seams/collections/collection.ts";
import { MongoConnection } from "../../seams/collections/mongo-connection.ts";
import { MongoCollection } from "../../seams/collections/mongo.ts";
import { openSqlite } from "../../seams/collections/sqlite/open.ts";
import { temporaryFolder } from "../helper.ts";
import { QUIET } from "./backends.ts";
import { describeWith } from "./servers.ts";

/** A store under test, empty at first. */
export interface Store {
  /** The collection still has to be connected. */
  collection<T extends Document>(spec: CollectionSpec): Collection<T>;
  /** The database behind the collections, if it is MongoDB. */
  db?: Db;
  stop(): Promise<void>;
}

/**
 * Runs the same tests on SQLite and on MongoDB.
 *
 * @param define defines the tests; its store is there once they run
 */
export async function describeStores(what: string, define: (store: () => Store) => void): Promise<void> {
  const describeMongo = await describeWith("mongod");
  describe(`${what} in SQLite`, () => define(useStore(startSqlite)));
  describeMongo(`${what} in MongoDB`, () => define(useStore(startMongoStore)));
}

function useStore(start: () => Promise<Store>): () => Store {
  let store: Store | undefined;
  beforeAll(async () => {
    store = await start();
  }, 300_000);
  afterAll(() => store?.stop());
  return () => store!;
}

async function startSqlite(): Promise<Store> {
  const folder = await temporaryFolder();
  const { collection, close } = openSqlite(folder);
  return {
    collection,
    async stop() {
      await close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function startMongoStore(): Promise<Store> {
  const set = await startMongo();
  const connection = new MongoConnection(set.url, QUIET);
  const client = await MongoClient.connect(set.url);
  return {
    collection: <T extends Document>(spec: CollectionSpec) => new MongoCollection<T>(spec, connection),
    db: client.db("starling"),
    async stop() {
      await client.close();
      await connection.close();
      await set.stop();
    },
  };
}
