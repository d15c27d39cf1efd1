import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { createRandom, type Random } from "../../dev/replay/random.ts";
import { openSqlite } from "../../seams/collections/sqlite/open.ts";
import { temporaryFolder } from "../helper.ts";
import { SQLITE_SPEC, type Thing } from "../support/sqlite-things.ts";

const WRITER = join(import.meta.dirname, "../support/sqlite-writer.ts");
const ROUNDS = 20;
/** A process is killed after a random number of acknowledgements up to this. */
const MOST_LINES = 400;
const SEED = 20261128;

/** The state that a process was told of before its death. */
interface Told {
  readonly inserted: Set<string>;
  readonly changed: Set<string>;
  readonly removing: Set<string>;
  readonly removed: Set<string>;
}

let folder: string;
beforeAll(async () => {
  folder = await temporaryFolder();
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Runs a writer, and kills it after so many acknowledgements. */
async function writeAndDie(name: string, lines: number, told: Told): Promise<void> {
  const writer = spawn(process.execPath, [WRITER, folder, name], { stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  writer.stdout.on("data", (chunk: Buffer) => {
    said += chunk.toString();
    if (said.split("\n").length > lines) writer.kill("SIGKILL");
  });
  let errors = "";
  writer.stderr.on("data", (chunk: Buffer) => (errors += chunk.toString()));
  const [code, signal] = (await once(writer, "close")) as [number | null, string | null];
  expect({ code, signal, errors }).toEqual({ code: null, signal: "SIGKILL", errors: "" });
  // The last line may be torn. It is acknowledged all the same, but its id is not known.
  for (const line of said.split("\n").slice(0, -1)) {
    const [what, id] = line.split(" ") as [keyof Told, string];
    told[what].add(id);
  }
}

/** The end of the last transaction in SQLite's log, whose format is https://sqlite.org/fileformat2.html#walformat. */
function endOfLog(log: Buffer): number {
  if (log.length < 32) return log.length;
  const frame = 24 + log.readUInt32BE(8);
  let end = 32;
  for (let at = 32; at + frame <= log.length; at += frame) {
    if (log.compare(log, 16, 24, at + 8, at + 16) !== 0) break;
    if (log.readUInt32BE(at + 4) > 0) end = at + frame;
  }
  return end;
}

/** Damages what a power cut may damage: everything in the log that was not committed yet. */
async function tear(random: Random): Promise<void> {
  const file = join(folder, "starling.sqlite-wal");
  const log = await readFile(file);
  const end = endOfLog(log);
  const garbage = Buffer.from(Array.from({ length: random.below(9000) }, () => random.below(256)));
  // A part of a frame that once was in order: a copy of the log's first.
  const partial = log.subarray(32, 32 + random.below(4120));
  const tail = random.pick([Buffer.alloc(0), garbage, partial, Buffer.alloc(5000)]);
  const rest = random.next() < 0.5 ? Buffer.alloc(0) : log.subarray(end + tail.length);
  await writeFile(file, Buffer.concat([log.subarray(0, end), tail, rest]));
}

async function check(told: Told): Promise<void> {
  const store = openSqlite(folder);
  const things = store.collection<Thing>(SQLITE_SPEC);
  await things.connect();
  const found = new Map((await things.find({})).map((thing) => [thing._id, thing]));
  const lost = [...told.inserted].filter((id) => !found.has(id) && !told.removing.has(id));
  const unchanged = [...told.changed].filter((id) => found.has(id) && found.get(id)!.size !== 1);
  const back = [...told.removed].filter((id) => found.has(id));
  expect({ lost, unchanged, back }).toEqual({ lost: [], unchanged: [], back: [] });
  // Each index has the same documents.
  expect(await things.count({ query: { tags: "all" } })).toBe(found.size);
  expect(await things.count({ query: { size: { $gte: 0 } } })).toBe(found.size);
  expect(await things.count({ query: { key: { $gt: "" } } })).toBe(found.size);
  await store.close();
  const db = new DatabaseSync(join(folder, "starling.sqlite"));
  expect(db.prepare("PRAGMA integrity_check").all()).toEqual([{ integrity_check: "ok" }]);
  db.close();
}

describe("a process that is killed while it writes to an embedded collection", () => {
  it("has lost nothing that was acknowledged, also when its log is torn", async () => {
    const random = createRandom(SEED);
    const told: Told = { inserted: new Set(), changed: new Set(), removing: new Set(), removed: new Set() };
    for (let round = 0; round < ROUNDS; round += 1) {
      await writeAndDie(`round${round}`, random.below(MOST_LINES), told);
      if (round % 2 === 1) await tear(random);
      // Every other round opens what two processes in a row have left.
      if (round % 3 > 0) await check(told);
    }
    await check(told);
    expect(told.removed.size).toBeGreaterThan(100);
  }, 300_000);
});
