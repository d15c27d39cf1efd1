import { rm } from "node:fs/promises";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import { startMongo } from "../../dev/servers/index.ts";
import { UnavailableError } from "../../lib/errors.ts";
import type { Collection, CollectionSpec } from "../../seams/collections/collection.ts";
import { insertIfFree } from "../../seams/collections/insert.ts";
import { MongoConnection } from "../../seams/collections/mongo-connection.ts";
import { MongoCollection } from "../../seams/collections/mongo.ts";
import { openSqlite } from "../../seams/collections/sqlite/open.ts";
import { temporaryFolder } from "../helper.ts";
import { describeWith } from "../support/servers.ts";

interface Doc {
  _id: string;
  name?: string;
  owner?: string;
  tags?: string[];
  waiting?: boolean;
  size?: number;
  note?: string | null;
  place?: { lat: number; lon: number };
}

/** A store under test. */
interface Subject {
  /** Opens a collection over the data of the store, as a new process would. */
  collection(): Promise<Collection<Doc>>;
  stop(): Promise<void>;
}

const SPEC: CollectionSpec = {
  name: "things",
  indexes: [
    { fields: { name: 1 }, unique: true },
    { fields: { owner: 1, _id: -1 } },
    { fields: { tags: 1, _id: -1 }, multikey: true },
    { fields: { waiting: 1, _id: 1 }, partial: { waiting: true } },
  ],
};

async function sqlite(): Promise<Subject> {
  const folder = await temporaryFolder();
  const opened: ReturnType<typeof openSqlite>[] = [];
  return {
    async collection() {
      const store = openSqlite(folder);
      opened.push(store);
      const collection = store.collection<Doc>(SPEC);
      await collection.connect();
      return collection;
    },
    async stop() {
      await Promise.all(opened.map((store) => store.close()));
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function mongo(): Promise<Subject> {
  const set = await startMongo();
  const opened: MongoConnection[] = [];
  return {
    async collection() {
      const connection = new MongoConnection(set.url, console);
      opened.push(connection);
      const collection = new MongoCollection<Doc>(SPEC, connection);
      await collection.connect();
      return collection;
    },
    async stop() {
      await Promise.all(opened.map((connection) => connection.close()));
      await set.stop();
    },
  };
}

function contract(name: string, suite: typeof describe | typeof describe.skip, start: () => Promise<Subject>): void {
  suite(`a collection in ${name}`, () => {
    let subject: Subject;
    let things: Collection<Doc>;
    beforeAll(async () => {
      subject = await start();
      things = await subject.collection();
    }, 300_000);
    afterAll(async () => {
      await things?.disconnect();
      await subject?.stop();
    });
    beforeEach(async () => {
      await things.clear();
    });

    /** Inserts ten things, `00` to `09`; alice owns the even ones. */
    const fill = () =>
      things.insertMany(
        Array.from({ length: 10 }, (_, index) => ({
          _id: `0${index}`,
          name: `name-${index}`,
          owner: index % 2 === 0 ? "alice" : "bob",
          size: index,
          waiting: index > 7,
          tags: index % 3 === 0 ? ["three", "all"] : ["all"],
        })),
      );
    const idsOf = (docs: Doc[]) => docs.map((doc) => doc._id);

    it("returns inserted documents, without undefined properties", async () => {
      const doc: Doc = { _id: "1", name: "a", note: null, tags: [], place: { lat: 52.5, lon: -13.4 }, size: 2 ** 40 };
      expect(await things.insert({ ...doc, owner: undefined } as never)).toMatchObject(doc);
      expect(await things.findById("1")).toEqual(doc);
      expect(await things.findOne({ name: "a" })).toEqual(doc);
      expect(await things.findById("2")).toBeNull();
      expect(await things.findOne({ name: "b" })).toBeNull();
    });

    it("returns documents that the caller may change", async () => {
      await things.insert({ _id: "1", tags: ["a"] });
      for (const read of [() => things.findById("1"), () => things.updateById("1", { $set: { size: 1 } })]) {
        (await read())!.tags!.push("mine");
      }
      expect(await things.findById("1")).toEqual({ _id: "1", tags: ["a"], size: 1 });
    });

    it("finds by equality, lists, ranges and elements of arrays", async () => {
      await fill();
      const ids = async (query: Record<string, unknown>) => idsOf(await things.find({ query, sort: ["_id"] }));
      expect(await ids({ owner: "alice" })).toEqual(["00", "02", "04", "06", "08"]);
      expect(await ids({ owner: "alice", size: { $gte: 4 } })).toEqual(["04", "06", "08"]);
      expect(await ids({ owner: { $in: ["bob", "carol"] }, _id: { $lt: "05" } })).toEqual(["01", "03"]);
      expect(await ids({ _id: { $gt: "03", $lte: "05" } })).toEqual(["04", "05"]);
      expect(await ids({ tags: "three" })).toEqual(["00", "03", "06", "09"]);
      expect(await ids({ waiting: true, _id: { $lt: "09" } })).toEqual(["08"]);
      expect(await ids({ owner: "carol" })).toEqual([]);
      expect(await ids({})).toHaveLength(10);
    });

    it("sorts both ways and limits the result", async () => {
      await fill();
      const ids = async (filter: Parameters<typeof things.find>[0]) => idsOf(await things.find(filter));
      expect(await ids({ sort: ["_id"], limit: 3 })).toEqual(["00", "01", "02"]);
      expect(await ids({ sort: ["-_id"], limit: 2 })).toEqual(["09", "08"]);
      expect(await ids({ sort: ["-size"], limit: 2 })).toEqual(["09", "08"]);
      expect(await ids({ sort: ["owner", "-_id"], limit: 6 })).toEqual(["08", "06", "04", "02", "00", "09"]);
      expect(await ids({ query: { owner: "bob" }, sort: ["-_id"], limit: 2, fresh: true })).toEqual(["09", "07"]);
    });

    it("finds many by their ids, and leaves out missing ones", async () => {
      await fill();
      expect(idsOf(await things.findByIds(["07", "nobody", "02"])).sort()).toEqual(["02", "07"]);
      expect(await things.findByIds([])).toEqual([]);
    });

    it("counts, and stops at the limit", async () => {
      await fill();
      expect(await things.count({})).toBe(10);
      expect(await things.count({ query: { owner: "alice" } })).toBe(5);
      expect(await things.count({ query: { owner: "alice", size: { $gt: 2 } } })).toBe(3);
      expect(await things.count({ query: { owner: "alice" }, limit: 3, fresh: true })).toBe(3);
      expect(await things.count({ query: { owner: "carol" }, limit: 3 })).toBe(0);
    });

    it("refuses a second document with the same value of a unique field, and names the field", async () => {
      await things.insert({ _id: "1", name: "a" });
      const duplicate = (field: string) => expect.objectContaining({ name: "DuplicateKeyError", field });
      await expect(things.insert({ _id: "2", name: "a" })).rejects.toEqual(duplicate("name"));
      await expect(things.insert({ _id: "1", name: "b" })).rejects.toEqual(duplicate("_id"));
      await things.insert({ _id: "2", name: "b" });
      await expect(things.updateById("2", { $set: { name: "a" } })).rejects.toEqual(duplicate("name"));
      const many = [
        { _id: "3", name: "c" },
        { _id: "4", name: "b" },
        { _id: "5", name: "e" },
      ];
      await expect(things.insertMany(many)).rejects.toEqual(duplicate("name"));
      expect(idsOf(await things.find({ sort: ["_id"] }))).toEqual(["1", "2", "3"]);
      expect((await things.findById("2"))?.name).toBe("b");
    });

    it("inserts a document if its key is free, else names the field that is taken", async () => {
      const doc: Doc = { _id: "1", name: "a", size: 1 };
      expect(await insertIfFree(things, doc)).toEqual({ inserted: doc, taken: null });
      expect(await insertIfFree(things, { _id: "1", name: "b" })).toEqual({ inserted: null, taken: "_id" });
      expect(await insertIfFree(things, { _id: "2", name: "a" })).toEqual({ inserted: null, taken: "name" });
      expect(await things.find({})).toEqual([doc]);
      const down = { insert: () => Promise.reject(new UnavailableError("the store is down")) };
      await expect(insertIfFree(down, doc)).rejects.toThrow(UnavailableError);
    });

    it("changes one document and returns the changed one", async () => {
      await things.insert({ _id: "1", name: "a", owner: "alice", size: 1, note: "x" });
      expect(await things.updateById("1", { $set: { owner: "bob" }, $inc: { size: 2 } })).toMatchObject({
        owner: "bob",
        size: 3,
      });
      expect(await things.updateOne({ _id: "1", size: 3 }, { $unset: { note: true } })).not.toHaveProperty("note");
      expect(await things.updateOne({ _id: "1", size: 4 }, { $set: { owner: "carol" } })).toBeNull();
      expect(await things.updateById("2", { $set: { owner: "carol" } })).toBeNull();
      expect(await things.updateById("1", { $max: { size: 2 } })).toMatchObject({ size: 3 });
      expect(await things.updateById("1", { $max: { size: 9 } })).toMatchObject({ size: 9, owner: "bob" });
    });

    it("changes and removes many, and returns their number", async () => {
      await fill();
      expect(await things.updateMany({ owner: "alice" }, { $set: { waiting: false } })).toBe(5);
      expect(await things.updateMany({ owner: "carol" }, { $set: { waiting: false } })).toBe(0);
      expect(idsOf(await things.find({ query: { waiting: true } }))).toEqual(["09"]);
      expect(await things.removeById("00")).toBe(1);
      expect(await things.removeById("00")).toBe(0);
      expect(await things.removeMany({ _id: { $in: ["01", "02", "nobody"] } })).toBe(2);
      expect(await things.removeMany({ owner: "bob" })).toBe(4);
      expect(await things.clear()).toBe(3);
    });

    it("keeps a document in a partial index only while it matches", async () => {
      await things.insert({ _id: "1", waiting: true });
      const waiting = () => things.find({ query: { waiting: true }, sort: ["_id"], limit: 10 });
      expect(await waiting()).toHaveLength(1);
      await things.updateById("1", { $set: { waiting: false } });
      expect(await waiting()).toEqual([]);
      await things.updateById("1", { $set: { waiting: true } });
      expect(await waiting()).toHaveLength(1);
    });

    it("lets exactly one of a thousand concurrent inserts win a unique value", async () => {
      // On a slow machine some inserts time out. They are retried, as a client would do.
      const insert = async (doc: Doc): Promise<void> => {
        await things.insert(doc).catch((error: unknown) => {
          if (!(error instanceof UnavailableError)) throw error;
          return insert(doc);
        });
      };
      const outcomes = await Promise.allSettled(
        Array.from({ length: 1000 }, (_, index) => insert({ _id: `${index}`, name: "the one" })),
      );
      const refused = outcomes.filter((outcome) => outcome.status === "rejected").map(({ reason }) => reason as Error);
      expect(new Set(refused.map(({ name }) => name))).toEqual(new Set(["DuplicateKeyError"]));
      // The winner itself is refused if its first insert timed out.
      expect(refused.length).toBeGreaterThanOrEqual(999);
      expect(await things.count({})).toBe(1);
    });

    it("loses none of many concurrent changes to one document", async () => {
      await things.insert({ _id: "1", size: 0 });
      await Promise.all(Array.from({ length: 200 }, () => things.updateById("1", { $inc: { size: 1 } })));
      expect((await things.findById("1"))?.size).toBe(200);
      // Only as many succeed as there is room for.
      const takes = Array.from({ length: 50 }, () =>
        things.updateOne({ _id: "1", size: { $lte: 207 } }, { $inc: { size: 1 } }),
      );
      expect((await Promise.all(takes)).filter((doc) => doc !== null)).toHaveLength(8);
    });

    it("has the same content after it was reopened", async () => {
      await fill();
      await things.updateById("00", { $set: { size: 100 } });
      await things.removeById("01");
      const again = await subject.collection();
      expect(await again.count({})).toBe(9);
      expect((await again.findById("00"))?.size).toBe(100);
      await expect(again.insert({ _id: "11", name: "name-2" })).rejects.toMatchObject({ field: "name" });
      await again.disconnect();
    });

    it("reports that reads come from the primary", () => {
      expect(things.term).not.toBeNull();
    });
  });
}

contract("SQLite", describe, sqlite);
contract("MongoDB", await describeWith("mongod"), mongo);
