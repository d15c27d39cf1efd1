import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { StoreUnusableError } from "../../seams/collections/collection.ts";
import { SqliteCollection } from "../../seams/collections/sqlite/collection.ts";
import { SqliteStore } from "../../seams/collections/sqlite/store.ts";
import { temporaryFolder } from "../helper.ts";
import { SQLITE_SPEC, type Thing } from "../support/sqlite-things.ts";

const UNAVAILABLE = { name: "UnavailableError", type: "UNAVAILABLE" };
/** The store refuses a write after at most this long. */
const DEADLINE_MS = 5000;
/** The length of SQLite's pages. */
const PAGE_BYTES = 4096;
const thing = (n: number): Thing => ({ _id: `${n}`.padStart(5, "0"), key: `key-${n}`, size: n });

let folder: string;
let file: string;
let logged: string[];
let store: SqliteStore;
let things: SqliteCollection<Thing>;

async function open(): Promise<void> {
  const log = { error: (line: string) => void logged.push(line), warn: (line: string) => void logged.push(line) };
  store = new SqliteStore(folder, { log, out: process.stdout });
  things = new SqliteCollection(SQLITE_SPEC, store);
  await things.connect();
}

async function reopen(): Promise<void> {
  await store.close();
  await open();
}

beforeEach(async () => {
  folder = await temporaryFolder();
  file = join(folder, "starling.sqlite");
  logged = [];
  await open();
});
afterEach(async () => {
  await store.close();
  await rm(folder, { recursive: true, force: true });
});

const idsOf = (all: Thing[]) => all.map(({ _id }) => _id);

describe("a write to an embedded collection", () => {
  it("is in the file once acknowledged, also with many concurrent writes", async () => {
    const other = new DatabaseSync(file, { readOnly: true });
    const inFile = other.prepare(`SELECT count(*) AS count FROM things WHERE "_id" = ?`);
    await Promise.all(
      Array.from({ length: 200 }, async (_, n) => {
        const { _id } = await things.insert(thing(n));
        expect(inFile.get(_id)).toEqual({ count: 1 });
        expect(await things.findById(_id)).toEqual(thing(n));
      }),
    );
    other.close();
    await things.removeMany({ _id: { $in: [thing(1)._id, thing(2)._id] } });
    await reopen();
    expect(await things.count({})).toBe(198);
  });

  it("comes after the writes that were asked for before", async () => {
    await things.insert(thing(0));
    const id = thing(0)._id;
    const changed: Promise<Thing | null>[] = [];
    for (let n = 1; n <= 300; n += 1) {
      changed.push(things.updateById(id, { $set: { size: n } }));
      // Some in the same turn of the event loop, some in a later one, while the disk works.
      if (n % 7 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    expect((await Promise.all(changed)).map((one) => one!.size)).toEqual(Array.from({ length: 300 }, (_, n) => n + 1));
    const [removed, , inserted] = await Promise.all([
      things.removeById(id),
      things.insert({ ...thing(0), size: -1 }),
      things.updateById(id, { $inc: { size: -1 } }),
    ]);
    expect([removed, inserted?.size]).toEqual([1, -2]);
  });

  it("is done before the store closes, and refused afterwards", async () => {
    const writes = Array.from({ length: 50 }, (_, n) => things.insert(thing(n)));
    await store.close();
    await Promise.all(writes);
    await expect(things.insert(thing(50))).rejects.toMatchObject(UNAVAILABLE);
    await expect(things.find({})).rejects.toMatchObject(UNAVAILABLE);
    await open();
    expect(await things.count({})).toBe(50);
  });
});

describe("an embedded collection whose disk hangs", () => {
  it("refuses writes in time, serves reads meanwhile, and goes on afterwards", async () => {
    await things.insert(thing(1));
    const other = new DatabaseSync(file);
    other.exec("BEGIN IMMEDIATE");
    let turns = 0;
    const clock = setInterval(() => (turns += 1), 20);
    const began = performance.now();
    const refused = async (write: Promise<unknown>) => {
      await expect(write).rejects.toMatchObject(UNAVAILABLE);
      // Refusals are looked for every half second.
      expect(performance.now() - began).toBeLessThan(DEADLINE_MS + 1500);
    };
    const first = [things.insert(thing(2)), things.updateById(thing(1)._id, { $set: { size: 7 } })];
    // To report a duplicate would acknowledge a document that may be on its way to the disk.
    const duplicate = things.insert(thing(1));
    await new Promise((resolve) => setTimeout(resolve, 100));
    const many = Array.from({ length: 20_000 }, () => things.removeById("none"));
    const tooMany = things.removeById("one more");
    await expect(tooMany).rejects.toMatchObject({ ...UNAVAILABLE, message: expect.stringContaining("Too many") });
    expect(performance.now() - began).toBeLessThan(DEADLINE_MS / 2);
    expect(await things.find({})).toEqual([thing(1)]);
    await Promise.all([...first, duplicate].map(refused));
    // Those that waited longest are refused first; the last had no place.
    await Promise.all(
      many.map((one) =>
        one.then(
          () => Promise.reject(new Error("written")),
          () => undefined,
        ),
      ),
    );
    expect(turns).toBeGreaterThan(30);
    clearInterval(clock);
    expect(logged.join("\n")).toContain(file);

    other.exec("COMMIT");
    other.close();
    await things.insert(thing(3));
    expect(logged.at(-1)).toMatch(/can be written again$/);
    await expect(things.insert(thing(1))).rejects.toMatchObject({ name: "DuplicateKeyError" });
    await reopen();
    expect(idsOf(await things.find({ query: { size: { $lte: 3 } } }))).toEqual(
      expect.arrayContaining([thing(1)._id, thing(3)._id]),
    );
  }, 60_000);
});

describe("an embedded collection whose thread dies", () => {
  it("refuses the writes that were on their way, and starts another thread for the next", async () => {
    await things.insert(thing(1));
    for (let round = 0; round < 3; round += 1) {
      // No request is null, so the thread fails.
      const lost = [things.insert(thing(10)), store.write(null as never), things.updateById("1", {})];
      for (const write of lost) await expect(write).rejects.toMatchObject(UNAVAILABLE);
      expect(await things.findById(thing(1)._id)).toEqual(thing(1));
      const next = Array.from({ length: 20 }, (_, n) => things.insert(thing(100 * (round + 1) + n)));
      await Promise.all(next);
    }
    expect(logged[0]).toMatch(/thread.*has ended/);
    const dying = store.write(null as never);
    const closed = store.close();
    await expect(dying).rejects.toMatchObject(UNAVAILABLE);
    await closed;
    await open();
    expect(await things.count({ query: { size: { $gte: 100 } } })).toBe(60);
  });
});

describe("a damaged file of an embedded store", () => {
  it("stops the start with the remedy when its head is damaged, and is not changed", async () => {
    await things.insert(thing(1));
    await store.close();
    const damaged = Buffer.concat([Buffer.alloc(200, "garbage"), (await readFile(file)).subarray(200)]);
    await writeFile(file, damaged);
    const failure: unknown = await open().catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(StoreUnusableError);
    expect((failure as Error).message).toMatch(/starling\.sqlite is damaged.*restore/);
    expect((await readFile(file)).equals(damaged)).toBe(true);
  });

  it("fails only the requests that meet the damage, and tells the operator", async () => {
    const COUNT = 2000;
    await things.insertMany(Array.from({ length: COUNT }, (_, n) => ({ ...thing(n), text: "x".repeat(500) })));
    await store.close();
    const content = await readFile(file);
    for (const _id of [700, 1300].map((n) => thing(n)._id)) {
      const page = Math.floor(content.indexOf(`"_id":"${_id}"`) / PAGE_BYTES) * PAGE_BYTES;
      for (let at = page; at < page + PAGE_BYTES; at += 1) content[at] = (at * 7919) % 251;
    }
    // And a document without its page.
    content[content.indexOf(`{"_id":"${thing(1000)._id}"`)] = "?".charCodeAt(0);
    await writeFile(file, content);

    await open();
    const ids = Array.from({ length: COUNT }, (_, n) => thing(n)._id);
    const tryAll = async (work: (id: string) => Promise<unknown>) => {
      const all = await Promise.allSettled(ids.map(work));
      const failures = all.flatMap((one) => (one.status === "rejected" ? [one.reason as Error] : []));
      for (const failure of failures) expect(failure).toBeInstanceOf(StoreUnusableError);
      expect(failures.length).toBeGreaterThan(2);
      expect(failures.length).toBeLessThan(COUNT / 10);
      return ids.filter((_, n) => all[n]!.status === "fulfilled");
    };
    await tryAll((id) => things.findById(id));
    // All at once, so that they share transactions.
    const changed = await tryAll((id) => things.updateById(id, { $set: { text: "changed" } }));
    for (const id of changed) expect((await things.findById(id))?.text).toBe("changed");
    await things.insert(thing(COUNT + 1));
    expect(logged).toEqual([expect.stringMatching(/starling\.sqlite is damaged.*npm run restore/)]);
  });
});
