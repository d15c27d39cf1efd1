import { rm } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { startMongo } from "../../dev/servers/index.ts";
import type { Collection } from "../../seams/collections/collection.ts";
import { MongoConnection } from "../../seams/collections/mongo-connection.ts";
import { MongoCollection } from "../../seams/collections/mongo.ts";
import { openSqlite } from "../../seams/collections/sqlite/open.ts";
import { isVapidPair } from "../../config/vapid-pair.ts";
import { createVapid, VAPID_KEYS, type VapidDoc } from "../../services/notifier/push/vapid.ts";
import { temporaryFolder } from "../helper.ts";
import { QUIET } from "../support/backends.ts";
import { describeWith } from "../support/servers.ts";

const NODES = 8;
const SUBJECT = "mailto:webmaster@starling.example";

/** A store of push keys, empty at first. */
interface Store {
  /** Opens the collection as a node that has just started does. */
  open(): Promise<Collection<VapidDoc>>;
  stop(): Promise<void>;
}

/** SQLite's file belongs to one process, so all nodes share one collection. */
async function sqlite(): Promise<Store> {
  const folder = await temporaryFolder();
  const store = openSqlite(folder);
  const keys = store.collection<VapidDoc>(VAPID_KEYS);
  await keys.connect();
  return {
    open: () => Promise.resolve(keys),
    async stop() {
      await store.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function mongo(): Promise<Store> {
  const set = await startMongo();
  const opened: MongoConnection[] = [];
  return {
    async open() {
      const connection = new MongoConnection(set.url, QUIET);
      opened.push(connection);
      const keys = new MongoCollection<VapidDoc>(VAPID_KEYS, connection);
      await keys.connect();
      return keys;
    },
    async stop() {
      await Promise.all(opened.map((connection) => connection.close()));
      await set.stop();
    },
  };
}

function contract(name: string, suite: typeof describe | typeof describe.skip, start: () => Promise<Store>): void {
  suite(`the push keys in ${name}`, () => {
    let store: Store;
    beforeAll(async () => {
      store = await start();
    }, 300_000);
    afterAll(() => store?.stop());

    it("are one pair even if many nodes ask at once, and stay the same", async () => {
      const collections = await Promise.all(Array.from({ length: NODES }, () => store.open()));
      const nodes = collections.map((keys) => createVapid(keys, { keys: null, subject: SUBJECT }));
      const agreed = new Set(await Promise.all(nodes.map((node) => node.publicKey())));
      expect(agreed.size).toBe(1);
      const [pair, ...others] = await collections[0]!.find({ query: {} });
      expect(others).toEqual([]);
      expect(isVapidPair(pair!)).toBe(true);
      const later = createVapid(await store.open(), { keys: null, subject: SUBJECT });
      expect(agreed).toContain(await later.publicKey());
    });

    it("are overridden by the keys of the settings", async () => {
      const keys = { publicKey: "given", privateKey: "too" };
      expect(await createVapid(await store.open(), { keys, subject: SUBJECT }).publicKey()).toBe("given");
    });
  });
}

contract("SQLite", describe, sqlite);
contract("MongoDB", await describeWith("mongod"), mongo);
