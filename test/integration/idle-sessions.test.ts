import { rm } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { type Db, MongoClient } from "mongodb";
import { ServiceBroker } from "moleculer";
import { startMongo } from "../../dev/servers/index.ts";
import type { Collection, CollectionSpec, Document } from "../../seams/collections/collection.ts";
import { MongoConnection } from "../../seams/collections/mongo-connection.ts";
import { MongoCollection } from "../../seams/collections/mongo.ts";
import { openSqlite } from "../../seams/collections/sqlite/open.ts";
import { type PlaceDoc, PLACES } from "../../services/users/places.ts";
import { createSessions, type SessionDoc, SESSIONS } from "../../services/users/sessions.ts";
import { sweepIdle } from "../../services/users/sweep.ts";
import { temporaryFolder } from "../helper.ts";
import { QUIET } from "../support/backends.ts";
import { describeWith } from "../support/servers.ts";

const DAY_MS = 86_400_000;
/** More than two batches. */
const IDLE = 450;

interface Store {
  collection<T extends Document>(spec: CollectionSpec): Collection<T>;
  /** The database behind the collections, if it is MongoDB. */
  db?: Db;
  stop(): Promise<void>;
}

async function sqlite(): Promise<Store> {
  const folder = await temporaryFolder();
  const store = openSqlite(folder);
  return {
    collection: store.collection,
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
    collection: <T extends Document>(spec: CollectionSpec) => new MongoCollection<T>(spec, connection),
    db: client.db("starling"),
    async stop() {
      await client.close();
      await connection.close();
      await set.stop();
    },
  };
}

function contract(name: string, suite: typeof describe | typeof describe.skip, start: () => Promise<Store>): void {
  suite(`sessions and places in ${name}`, () => {
    let store: Store;
    let sessionDocs: Collection<SessionDoc>;
    let placeDocs: Collection<PlaceDoc>;

    beforeAll(async () => {
      store = await start();
      sessionDocs = store.collection(SESSIONS);
      placeDocs = store.collection(PLACES);
      await Promise.all([sessionDocs.connect(), placeDocs.connect()]);
    }, 300_000);
    afterAll(async () => {
      await Promise.all([sessionDocs?.disconnect(), placeDocs?.disconnect()]);
      await store?.stop();
    });

    it("are removed after 90 days without use, even if two nodes do so at once, and by an index", async () => {
      const seen = (daysAgo: number) => Date.now() - daysAgo * DAY_MS;
      const session = (_id: string, daysAgo: number): SessionDoc => {
        return { _id, userId: "1", createdAt: 0, lastSeenAt: seen(daysAgo), userAgent: null };
      };
      const idle = Array.from({ length: IDLE }, (_, n) => session(`idle-${n}`, 91 + n));
      await sessionDocs.insertMany([...idle, session("new", 0), session("rare", 89)]);
      const place = (_id: string, daysAgo: number): PlaceDoc => {
        return { _id, userId: "1", kind: "address", lastSeenAt: seen(daysAgo) };
      };
      await placeDocs.insertMany([place("old", 91), place("fresh", 1)]);
      await store.db?.command({ profile: 2 });

      const ended = new Set<string>();
      const sweeps = [0, 1].map(async () => {
        const broker = new ServiceBroker({ logger: false });
        broker.broadcast = (_event: string, data?: unknown) => {
          for (const id of (data as { sessionIds: string[] }).sessionIds) ended.add(id);
          return Promise.resolve();
        };
        await sweepIdle({ sessionDocs, sessions: createSessions(sessionDocs, broker), placeDocs });
      });
      await Promise.all(sweeps);

      expect((await sessionDocs.find({})).map(({ _id }) => _id).sort()).toEqual(["new", "rare"]);
      expect((await placeDocs.find({})).map(({ _id }) => _id)).toEqual(["fresh"]);
      // Live connections and push subscriptions of these sessions end, too.
      expect(ended.size).toBe(IDLE);
      const looks = await store.db
        ?.collection("system.profile")
        .find({ "command.filter.lastSeenAt": { $exists: true } })
        .toArray();
      for (const look of looks ?? []) {
        expect(look["planSummary"]).toBe("IXSCAN { lastSeenAt: 1 }");
        expect(look["docsExamined"]).toBe(look["nreturned"]);
      }
      expect(looks?.length ?? 4).toBeGreaterThanOrEqual(4);
    });
  });
}

contract("SQLite", describe, sqlite);
contract("MongoDB", await describeWith("mongod"), mongo);
