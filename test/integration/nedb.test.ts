import { appendFile, mkdir, readFile, rename, rm, rmdir } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { NedbCollection } from "../../seams/collections/nedb.ts";
import { temporaryFolder } from "../helper.ts";

interface Note {
  _id: string;
  key: string;
}

const SPEC = { name: "notes", indexes: [{ fields: { key: 1 as const }, unique: true }] };
const note = (n: number): Note => ({ _id: `${n}`, key: `key-${n}` });

let folder: string;
let file: string;
let notes: NedbCollection<Note>;

async function reopen(): Promise<void> {
  await notes.disconnect();
  notes = new NedbCollection(SPEC, folder);
  await notes.connect();
}

beforeEach(async () => {
  folder = await temporaryFolder();
  file = join(folder, "notes.db");
  notes = new NedbCollection(SPEC, folder);
  await notes.connect();
});
afterEach(async () => {
  await notes.disconnect();
  await rm(folder, { recursive: true, force: true });
});

describe("a collection whose file can't be written for a while", () => {
  it("acknowledges nothing meanwhile, not even a duplicate, and has everything on the disk afterwards", async () => {
    await notes.insert(note(1));
    // Appending to a folder fails.
    await rename(file, `${file}.aside`);
    await mkdir(file);
    await expect(notes.insert(note(2))).rejects.toMatchObject({ type: "UNAVAILABLE" });
    // The document is in memory by now, so reporting a duplicate would acknowledge it.
    await expect(notes.insert(note(2))).rejects.toMatchObject({ type: "UNAVAILABLE" });
    await expect(notes.updateById("1", { $set: { key: "other" } })).rejects.toMatchObject({ type: "UNAVAILABLE" });
    expect(await notes.findById("1")).toMatchObject({ _id: "1" });

    await rmdir(file);
    await expect(notes.insert(note(2))).rejects.toMatchObject({ name: "DuplicateKeyError" });
    await notes.insert(note(3));
    await reopen();
    expect((await notes.find({ sort: ["_id"] })).map(({ _id }) => _id)).toEqual(["1", "2", "3"]);
  });

  it("rewrites the file after a partial line", async () => {
    await notes.insert(note(1));
    await rename(file, `${file}.aside`);
    await mkdir(file);
    await expect(notes.insert(note(2))).rejects.toMatchObject({ type: "UNAVAILABLE" });
    await rmdir(file);
    await rename(`${file}.aside`, file);
    await appendFile(file, '{"_id":"2","ke');
    await Promise.all([notes.insert(note(3)), notes.insert(note(4))]);
    await reopen();
    expect(await notes.count({})).toBe(4);
  });
});

describe("a collection's file", () => {
  it("contains each write once acknowledged, also with many concurrent writes", async () => {
    await Promise.all(
      Array.from({ length: 200 }, async (_, n) => {
        await notes.insert(note(n));
        expect(await readFile(file, "utf8")).toContain(`"key-${n}"`);
      }),
    );
    await notes.removeMany({ _id: { $in: ["1", "2"] } });
    await reopen();
    expect(await notes.count({})).toBe(198);
  });

  it("loses a last line without a line end, which was never acknowledged, and nothing else", async () => {
    await notes.insert(note(1));
    await appendFile(file, '{"_id":"2","key":"ke');
    await reopen();
    expect(await notes.find({})).toEqual([note(1)]);
  });

  it("stops the start when damaged elsewhere", async () => {
    await notes.insert(note(1));
    await appendFile(file, 'damaged\n{"_id":"3","key":"key-3"}\n');
    await expect(reopen()).rejects.toMatchObject({ name: "StoreUnusableError" });
  });
});
