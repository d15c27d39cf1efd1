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

/** Texts in the order of their code points. `<` of JavaScript puts the last two the other way round. */
const ODD_TEXTS = [
  "",
  "\0",
  "\0a",
  " ",
  "' OR 1=1 --",
  "007",
  "1000",
  "1e3",
  "7",
  "A",
  "a",
  "a\0",
  "ab",
  "e\u0301",
  "ß",
  "é",
  "שלום",
  "中",
  "\ufb01",
  "\uffff",
  "😀",
];
/** Values of each type, in the order in which stores sort them. */
const ORDERED = [null, -1e300, -2, -0.5, 0, 1, 1.5, 2 ** 53, 1e300, ...ODD_TEXTS, false, true];

interface Doc {
  _id: string;
  name?: string | null;
  owner?: string;
  tags?: string[];
  waiting?: boolean;
  size?: number;
  note?: string | null;
  place?: { lat: number; lon: number };
  /** Of any type, and indexed. */
  value?: unknown;
  /** Of any type, and not indexed. */
  other?: unknown;
  seat?: string;
  room?: string;
  taken?: boolean;
}

/** A store under test. */
interface Subject {
  /** Opens a collection over the data of the store, as a new process would. */
  collection(spec?: CollectionSpec): Promise<Collection<Doc>>;
  stop(): Promise<void>;
}

const SPEC: CollectionSpec = {
  name: "things",
  indexes: [
    { fields: { name: 1 }, unique: true },
    { fields: { owner: 1, _id: -1 } },
    { fields: { tags: 1, _id: -1 }, multikey: true },
    { fields: { waiting: 1, _id: 1 }, partial: { waiting: true } },
    { fields: { value: 1, _id: 1 } },
    { fields: { room: 1, seat: 1 }, unique: true, partial: { taken: true } },
  ],
};

async function sqlite(): Promise<Subject> {
  const folder = await temporaryFolder();
  const opened: ReturnType<typeof openSqlite>[] = [];
  return {
    async collection(spec = SPEC) {
      const store = openSqlite(folder);
      opened.push(store);
      const collection = store.collection<Doc>(spec);
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
    async collection(spec = SPEC) {
      const connection = new MongoConnection(set.url, console);
      opened.push(connection);
      const collection = new MongoCollection<Doc>(spec, connection);
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

    it("finds the newest of several owners, however many are asked for", async () => {
      const docs = Array.from({ length: 600 }, (_, n) => ({
        _id: `${1000 + n}`,
        name: `n${n}`,
        // Some have written much, others little.
        owner: `owner ${Math.floor(Math.sqrt(n * 100)) % 200}`,
        size: n,
      }));
      await things.insertMany(docs.toReversed());
      const expected = (owners: unknown[], sort: string, limit: number, { $lt }: { $lt: string }) => {
        const found = docs.filter(({ _id, owner }) => owners.includes(owner) && _id < $lt).map(({ _id }) => _id);
        return (sort === "_id" ? found : found.toReversed()).slice(0, limit);
      };
      const some = Array.from({ length: 5 }, (_, n) => `owner ${n * 31}`);
      const all = [...Array.from({ length: 200 }, (_, n) => `owner ${n}`), "owner 1", "nobody"];
      for (const owners of [some, [...some, "owner 0", "nobody"], some.slice(0, 1), all, [...some, 7, true]]) {
        for (const [sort, limit] of [
          ["-_id", 3],
          ["-_id", 500],
          ["_id", 500],
          ["_id", 40],
        ] as const) {
          for (const range of [{ $lt: "9" }, { $lt: "1333" }]) {
            const filter = { query: { owner: { $in: owners }, _id: range }, sort: [sort], limit };
            const wanted = expected(owners, sort, limit, range);
            expect(idsOf(await things.find(filter))).toEqual(wanted);
            const places = await things.findFields(filter, ["owner"]);
            expect(places).toEqual(wanted.map((id) => ({ _id: id, owner: docs[Number(id) - 1000]!.owner })));
          }
        }
      }
      const waiting = { query: { owner: { $in: some }, size: { $gte: 300 } }, sort: ["-_id"], limit: 400 };
      expect(idsOf(await things.find(waiting))).toEqual(
        expected(some, "-_id", 400, { $lt: "9" }).filter((id) => id >= "1300"),
      );
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

    it("returns some fields of the documents it finds, from an index or not", async () => {
      await fill();
      await things.updateById("08", { $set: { owner: null, size: null }, $unset: { waiting: true } });
      const filter = { query: { _id: { $gt: "06" } }, sort: ["-_id"], limit: 2 };
      expect(await things.findFields(filter, [])).toEqual([{ _id: "09" }, { _id: "08" }]);
      expect(await things.findFields(filter, ["owner", "waiting"])).toEqual([
        { _id: "09", owner: "bob", waiting: true },
        { _id: "08" },
      ]);
      expect(await things.findFields(filter, ["size", "tags"])).toEqual([
        { _id: "09", size: 9, tags: ["three", "all"] },
        { _id: "08", tags: ["all"] },
      ]);
      const few = { query: { size: { $lt: 1 } }, sort: ["owner"] };
      expect(await things.findFields(few, ["owner"])).toEqual([{ _id: "00", owner: "alice" }]);
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

    it("gives each of many concurrent inserts its own outcome", async () => {
      await things.insert({ _id: "5", name: "taken" });
      const outcomes = await Promise.allSettled(
        Array.from({ length: 100 }, (_, n) =>
          things.insert({ _id: `${n}`, name: n % 10 === 3 ? "taken" : `name ${n}` }),
        ),
      );
      for (const [n, outcome] of outcomes.entries()) {
        const field = n === 5 ? "_id" : n % 10 === 3 ? "name" : null;
        if (field === null) expect(outcome).toMatchObject({ status: "fulfilled", value: { _id: `${n}` } });
        else expect(outcome).toMatchObject({ status: "rejected", reason: { name: "DuplicateKeyError", field } });
      }
      expect(await things.count({})).toBe(90);
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

    describe("with values of all kinds", () => {
      const fillValues = (field: "value" | "other") =>
        // In another order than the one expected.
        things.insertMany(
          ORDERED.map((value, index) => ({ _id: `${10 + index}`, name: `n${index}`, [field]: value })).reverse(),
        );
      const idsIn = (from: number, to: number) => ORDERED.map((_, index) => `${10 + index}`).slice(from, to);

      it.each(["value", "other"] as const)("sorts them, by the %s field", async (field) => {
        await fillValues(field);
        expect(idsOf(await things.find({ sort: [field] }))).toEqual(idsIn(0, ORDERED.length));
        expect(idsOf(await things.find({ sort: [`-${field}`], limit: 5 }))).toEqual(
          idsIn(-5, ORDERED.length).reverse(),
        );
      });

      it.each(["value", "other"] as const)("tells them apart, by the %s field", async (field) => {
        await fillValues(field);
        for (const [index, value] of ORDERED.entries()) {
          expect(idsOf(await things.find({ query: { [field]: value } }))).toEqual(idsIn(index, index + 1));
          expect(await things.count({ query: { [field]: { $in: [value] } } })).toBe(1);
        }
        expect(await things.count({ query: { [field]: "2" } })).toBe(0);
        expect(await things.count({ query: { [field]: undefined } })).toBe(1);
      });

      it.each(["value", "other"] as const)("keeps ranges within one type, by the %s field", async (field) => {
        await fillValues(field);
        const ids = async (range: object) => idsOf(await things.find({ query: { [field]: range }, sort: [field] }));
        const texts = ORDERED.indexOf("");
        const booleans = ORDERED.indexOf(false);
        expect(await ids({ $gt: 0 })).toEqual(idsIn(ORDERED.indexOf(0) + 1, texts));
        expect(await ids({ $lt: 0 })).toEqual(idsIn(1, ORDERED.indexOf(0)));
        expect(await ids({ $gte: "" })).toEqual(idsIn(texts, booleans));
        expect(await ids({ $lte: "7" })).toEqual(idsIn(texts, ORDERED.indexOf("7") + 1));
        expect(await ids({ $gt: "a", $lt: "é" })).toEqual(idsIn(ORDERED.indexOf("a") + 1, ORDERED.indexOf("é")));
        expect(await ids({ $lt: true })).toEqual(idsIn(booleans, booleans + 1));
        expect(await ids({ $gte: false })).toEqual(idsIn(booleans, ORDERED.length));
        expect(await ids({ $gt: null })).toEqual([]);
        expect(await ids({ $gte: null })).toEqual(idsIn(0, 1));
      });

      it("takes a missing field for null", async () => {
        await things.insertMany([
          { _id: "1", name: "a" },
          { _id: "2", name: "b", value: null, note: null },
          { _id: "3", name: "c", value: 1, note: "x" },
        ]);
        const ids = async (query: Record<string, unknown>) => idsOf(await things.find({ query, sort: ["_id"] }));
        expect(await ids({ value: null })).toEqual(["1", "2"]);
        expect(await ids({ note: null })).toEqual(["1", "2"]);
        expect(await ids({ value: { $in: [1, null] } })).toEqual(["1", "2", "3"]);
        expect(await ids({ note: { $in: [null] } })).toEqual(["1", "2"]);
      });

      it("returns each exactly", async () => {
        const nested = { constructor: "x", "a b": [[], {}, [null, { deep: [1, "2", true] }]], "": "empty", "ä😀": 1 };
        for (const [index, value] of [...ORDERED, "9007199254740993", nested, [nested, "x"]].entries()) {
          const doc = { _id: `odd ${index} \0'"😀`, name: `n${index}`, other: value };
          await things.insert(doc);
          expect(await things.findById(doc._id)).toEqual(doc);
        }
      });

      it("keeps digits beyond 2^53 as texts", async () => {
        const ids = ["9007199254740992", "9007199254740993", "9007199254740993.0", "09007199254740993"];
        await things.insertMany(ids.map((id, index) => ({ _id: id, name: id, value: id, size: index })));
        for (const id of ids) {
          expect(idsOf(await things.find({ query: { value: id } }))).toEqual([id]);
          expect(idsOf(await things.find({ query: { name: id } }))).toEqual([id]);
          expect((await things.findById(id))?._id).toBe(id);
        }
        expect(await things.count({ query: { value: 9007199254740992 } })).toBe(0);
        expect(await things.count({ query: { value: { $gte: ids[1] } } })).toBe(2);
      });

      it("keeps large documents", async () => {
        const doc: Doc = {
          _id: "large",
          note: "å😀\n".repeat(400_000),
          tags: Array.from({ length: 5000 }, (_, n) => `t${n}`),
        };
        await things.insert(doc);
        expect(await things.findOne({ tags: "t4999" })).toEqual(doc);
        expect(await things.updateById("large", { $set: { size: 1 } })).toEqual({ ...doc, size: 1 });
      });
    });

    it("finds a document by each element of its array, once, as the array changes", async () => {
      await things.insertMany([
        { _id: "1", name: "a", tags: ["x", "y", "x"] },
        { _id: "2", name: "b", tags: ["x"] },
        { _id: "3", name: "c", tags: [] },
        { _id: "4", name: "d" },
      ]);
      const ids = async (tags: string, more: object = {}) =>
        idsOf(await things.find({ query: { tags, ...more }, sort: ["-_id"], limit: 10 }));
      expect(await ids("x")).toEqual(["2", "1"]);
      expect(await things.count({ query: { tags: "x" } })).toBe(2);
      expect(await ids("x", { _id: { $lt: "2" } })).toEqual(["1"]);
      expect(await ids("x", { name: "b", size: null })).toEqual(["2"]);
      await things.updateById("1", { $set: { tags: ["z", "y"] } });
      expect([await ids("x"), await ids("y"), await ids("z")]).toEqual([["2"], ["1"], ["1"]]);
      await things.updateById("1", { $unset: { tags: true } });
      await things.removeById("2");
      expect([await ids("x"), await ids("y"), await ids("z")]).toEqual([[], [], []]);
      await things.insert({ _id: "2", name: "b", tags: ["y"] });
      expect(await ids("y")).toEqual(["2"]);
      await things.updateMany({ tags: "y" }, { $set: { tags: ["w"] } });
      expect([await ids("y"), await ids("w")]).toEqual([[], ["2"]]);
    });

    it("finds a document by a range of its array's elements, once, by default in the order of the elements", async () => {
      await things.insertMany([
        { _id: "1", name: "a", tags: ["mb", "ma", "z"] },
        { _id: "2", name: "b", tags: ["a", "z"] },
        { _id: "3", name: "c", tags: ["m"] },
        { _id: "4", name: "d", tags: [] },
        { _id: "5", name: "e" },
      ]);
      const query = { tags: { $elemMatch: { $gte: "m", $lt: "n" } } };
      expect(idsOf(await things.find({ query }))).toEqual(["3", "1"]);
      expect(idsOf(await things.find({ query, limit: 1 }))).toEqual(["3"]);
      expect(idsOf(await things.find({ query, sort: ["_id"], limit: 1 }))).toEqual(["1"]);
      expect(await things.find({ query: { ...query, name: "a" } })).toHaveLength(1);
      expect(await things.findFields({ query: { ...query, size: null } }, ["name"])).toEqual([
        { _id: "3", name: "c" },
        { _id: "1", name: "a" },
      ]);
      expect(await things.count({ query })).toBe(2);
      expect(await things.updateMany(query, { $set: { tags: ["n"] } })).toBe(2);
      expect(await things.find({ query })).toEqual([]);
    });

    it("demands unique values of several fields, among the documents of a partial index only", async () => {
      const seat = (_id: string, room: string, taken?: boolean): Doc => ({
        _id,
        name: _id,
        room,
        seat: "1",
        ...(taken !== undefined && { taken }),
      });
      await things.insertMany([seat("1", "a", true), seat("2", "b", true), seat("3", "a", false), seat("4", "a")]);
      const refused = { name: "DuplicateKeyError", field: "room" };
      await expect(things.insert(seat("5", "a", true))).rejects.toMatchObject(refused);
      await expect(things.updateById("3", { $set: { taken: true } })).rejects.toMatchObject(refused);
      expect(await things.findById("3")).toEqual(seat("3", "a", false));
      await things.updateById("1", { $set: { taken: false } });
      expect(await things.updateById("3", { $set: { taken: true } })).toEqual(seat("3", "a", true));
    });

    it("takes a missing unique field for a value of its own", async () => {
      await things.insert({ _id: "1" });
      const refused = { name: "DuplicateKeyError", field: "name" };
      await expect(things.insert({ _id: "2" })).rejects.toMatchObject(refused);
      await expect(things.insert({ _id: "2", name: null })).rejects.toMatchObject(refused);
      await things.updateById("1", { $set: { name: "a" } });
      await things.insert({ _id: "2" });
      await expect(things.updateById("1", { $unset: { name: true } })).rejects.toMatchObject(refused);
    });

    it("finds by long lists", async () => {
      await fill();
      const list = Array.from({ length: 3000 }, (_, index) => `name-${index}`);
      expect(await things.count({ query: { name: { $in: [...list, ...list.slice(0, 5)] } } })).toBe(10);
      const found = await things.find({ query: { owner: { $in: ["bob", "bob", "x"] } }, sort: ["-_id"], limit: 2 });
      expect(idsOf(found)).toEqual(["09", "07"]);
      expect(await things.find({ query: { owner: { $in: [] } } })).toEqual([]);
      expect(await things.updateMany({ _id: { $in: ["00", "01", ...list] } }, { $set: { size: -1 } })).toBe(2);
    });

    it("changes fields of nested objects, and fields that are missing", async () => {
      await things.insert({ _id: "1", name: "a", place: { lat: 1, lon: 2 } });
      await things.updateById("1", { $set: { "place.lat": 5, "other.deep.er": "x" }, $unset: { "place.lon": true } });
      expect(await things.findById("1")).toEqual({
        _id: "1",
        name: "a",
        place: { lat: 5 },
        other: { deep: { er: "x" } },
      });
      expect(await things.findOne({ "other.deep.er": "x", "place.lat": { $gte: 5 } })).not.toBeNull();
      await things.updateById("1", {
        $inc: { size: 3 },
        $max: { note: "b" },
        $unset: { other: true, "no.where": true },
      });
      expect(await things.updateById("1", { $max: { note: "a", size: 2 } })).toEqual({
        _id: "1",
        name: "a",
        place: { lat: 5 },
        size: 3,
        note: "b",
      });
    });

    it("changes each matching document once, even if it then matches again", async () => {
      await things.insertMany(Array.from({ length: 2500 }, (_, n) => ({ _id: `${n}`, name: `${n}`, value: n })));
      expect(await things.updateMany({ value: { $gte: 0 } }, { $inc: { value: 5000 } })).toBe(2500);
      expect(await things.count({ query: { value: { $gte: 5000, $lt: 7500 } } })).toBe(2500);
      expect(await things.removeMany({ value: { $lt: 7000 } })).toBe(2000);
      expect(await things.count({})).toBe(500);
    });

    it("keeps documents and indexes in agreement through many concurrent writers", async () => {
      const names = ["a", "b", "c", "d"];
      const ignoreTaken = (error: Error) => {
        if (error.name !== "DuplicateKeyError") throw error;
      };
      const write = async (n: number): Promise<unknown> => {
        const _id = `${n % 7}`;
        const name = names[n % 4]!;
        if (n % 5 === 0) return things.removeById(_id);
        if (n % 5 === 1) return things.updateById(_id, { $set: { name, tags: [name, `${n % 3}`] } });
        if (n % 5 === 2) return things.updateMany({ tags: name }, { $set: { waiting: n % 2 === 0 } });
        return things.insert({ _id, name, tags: [name], waiting: true, value: n });
      };
      await Promise.all(Array.from({ length: 400 }, (_, n) => write(n).catch(ignoreTaken)));
      const all = await things.find({ sort: ["_id"] });
      expect(new Set(all.map(({ name }) => name)).size).toBe(all.length);
      for (const tag of [...names, "0", "1", "2"]) {
        const tagged = all.filter(({ tags }) => tags?.includes(tag));
        expect(await things.find({ query: { tags: tag }, sort: ["_id"] })).toEqual(tagged);
      }
      for (const waiting of [true, false]) {
        const wanted = all.filter((doc) => doc.waiting === waiting);
        expect(await things.find({ query: { waiting }, sort: ["_id"] })).toEqual(wanted);
      }
    });

    it("fits the indexes of a later version to the documents that are there", async () => {
      const spec = (...indexes: CollectionSpec["indexes"]): CollectionSpec => ({ name: "versions", indexes });
      const first = await subject.collection(spec({ fields: { owner: 1 } }));
      await first.insertMany([
        { _id: "1", owner: "alice", name: "a", tags: ["x"] },
        { _id: "2", owner: "bob", name: "b" },
      ]);
      await first.disconnect();
      const second = await subject.collection(
        spec({ fields: { name: 1 }, unique: true }, { fields: { tags: 1, _id: -1 }, multikey: true }),
      );
      expect(idsOf(await second.find({ query: { name: "b" } }))).toEqual(["2"]);
      expect(idsOf(await second.find({ query: { tags: "x" } }))).toEqual(["1"]);
      await expect(second.insert({ _id: "3", name: "a" })).rejects.toMatchObject({ field: "name" });
      await second.updateById("1", { $set: { owner: "carol", tags: ["y"] } });
      await second.insert({ _id: "3", owner: "dave", name: "c" });
      await second.disconnect();
      const third = await subject.collection(spec({ fields: { owner: 1 } }, { fields: { tags: 1 }, multikey: true }));
      expect(idsOf(await third.find({ sort: ["-owner"], limit: 2 }))).toEqual(["3", "1"]);
      expect(idsOf(await third.find({ query: { owner: { $in: ["alice", "bob"] } } }))).toEqual(["2"]);
      expect(idsOf(await third.find({ query: { tags: "y" } }))).toEqual(["1"]);
      await third.disconnect();
    });

    it("does not open with a unique index that the documents contradict", async () => {
      const plain = await subject.collection({ name: "twins", indexes: [] });
      await plain.insertMany([
        { _id: "1", name: "a" },
        { _id: "2", name: "a" },
      ]);
      const unique = { name: "twins", indexes: [{ fields: { name: 1 as const }, unique: true }] };
      await expect(subject.collection(unique)).rejects.toMatchObject({ name: "StoreUnusableError" });
      expect(await plain.count({})).toBe(2);
    });

    it("reads what it has written, at once", async () => {
      for (let n = 0; n < 50; n += 1) {
        await things.insert({ _id: `${n}`, name: `${n}`, owner: "me" });
        expect(await things.count({ query: { owner: "me" } })).toBe(n + 1);
        await things.updateById(`${n}`, { $set: { size: n } });
        expect((await things.findOne({ name: `${n}` }))?.size).toBe(n);
      }
    });

    it("refuses queries and updates that no store supports, and changes nothing", async () => {
      await things.insert({ _id: "1", name: "a", size: 1 });
      await expect(things.find({ query: { size: { $near: 1 } } })).rejects.toThrow();
      await expect(things.removeMany({ size: { $near: 1 } })).rejects.toThrow();
      await expect(things.updateById("1", { $near: { size: 1 } })).rejects.toThrow();
      expect(await things.find({})).toEqual([{ _id: "1", name: "a", size: 1 }]);
    });

    it("reports that reads come from the primary", () => {
      expect(things.term).not.toBeNull();
    });
  });
}

contract("SQLite", describe, sqlite);
contract("MongoDB", await describeWith("mongod"), mongo);
