import { rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, expect, it } from "@jest/globals";
import type { CollectionSpec } from "../../seams/collections/collection.ts";
import { openSqlite } from "../../seams/collections/sqlite/open.ts";
import { checkCopy, Snapshot } from "../../seams/collections/sqlite/snapshot.ts";
import { eventually, temporaryFolder } from "../helper.ts";

interface Doc {
  _id: string;
  text: string;
}
const THINGS: CollectionSpec = { name: "things", indexes: [] };
const MIB = 1024 * 1024;
const doc = (n: number): Doc => ({ _id: String(n).padStart(8, "0"), text: "x".repeat(1000) });

let folder: string;
let store: ReturnType<typeof openSqlite>;
beforeAll(async () => {
  folder = await temporaryFolder();
  store = openSqlite(folder);
});
afterAll(async () => {
  await store.close();
  await rm(folder, { recursive: true, force: true });
});
const sizeOf = async (name: string) => (await stat(join(folder, name))).size;

it("keeps the log short under a long load, and gives the room of removed documents back without further writes", async () => {
  const things = store.collection<Doc>(THINGS);
  await things.connect();
  let longest = 0;
  for (let n = 0; n < 50_000; n += 1000) {
    await things.insertMany(Array.from({ length: 1000 }, (_, index) => doc(n + index)));
    longest = Math.max(longest, await sizeOf("starling.sqlite-wal"));
  }
  expect(longest).toBeLessThan(16 * MIB);
  await eventually(async () => expect(await sizeOf("starling.sqlite")).toBeGreaterThan(40 * MIB));
  await things.removeMany({ _id: { $gte: doc(1000)._id } });
  await eventually(async () => expect(await sizeOf("starling.sqlite")).toBeLessThan(12 * MIB));
  expect(await things.count({})).toBe(1000);
});

it("is copied as of one moment, without a restart, while a writer is busy", async () => {
  const things = store.collection<Doc>(THINGS);
  let next = 100_000;
  await things.insertMany(Array.from({ length: 20_000 }, () => doc(next++)));
  let copying = true;
  const writer = (async () => {
    while (copying) await things.insert(doc(next++));
  })();
  const snapshot = new Snapshot(folder);
  const known = [...snapshot.documents<Doc>("things")].length;
  const shares: number[] = [];
  const path = join(folder, "copy.sqlite");
  await snapshot.copyTo(path, (share) => shares.push(share));
  expect(await things.count({})).toBeGreaterThan(known);
  snapshot.close();
  copying = false;
  await writer;
  expect(shares).toEqual([...shares].sort((a, b) => a - b));
  expect(shares.length).toBeGreaterThan(2);
  checkCopy(path);
  const copy = new DatabaseSync(path);
  expect(copy.prepare("SELECT count(*) AS count FROM things").get()).toEqual({ count: known });
  copy.close();
});
