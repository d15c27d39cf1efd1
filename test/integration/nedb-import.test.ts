import { spawn } from "node:child_process";
import { createHash, randomInt } from "node:crypto";
import { once } from "node:events";
import { appendFile, cp, mkdir, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { startServer, type StartedServer } from "../../dev/start.ts";
import type { CollectionSpec } from "../../seams/collections/collection.ts";
import { openSqlite } from "../../seams/collections/sqlite/open.ts";
import { QUIET } from "../support/backends.ts";
import { createApi, type Session, temporaryFolder, type Tweet } from "../helper.ts";

// The first start on a data folder with files of NeDB, which kept the embedded store before SQLite.

let folder: string;
beforeEach(async () => {
  folder = await temporaryFolder();
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** What a server answered that ran on the folder of the fixture, the last version with NeDB. */
interface Expected {
  password: string;
  tokens: Record<string, string>;
  endedToken: string;
  ids: Record<string, string>;
  answers: { as: string | null; path: string; status: number; body: unknown }[];
  media: { path: string; sha256: string }[];
}

describe("a server on the data folder of the last version with NeDB", () => {
  const FIXTURE = join(import.meta.dirname, "../fixtures/data-0.1");
  const SITE = "http://starling";
  let expected: Expected;
  let server: StartedServer;

  const start = async () => (server = await startServer({ DATA_DIR: folder, RATE_LIMIT_SCALE: "1000000" }));

  beforeEach(async () => {
    expected = JSON.parse(await readFile(join(FIXTURE, "expected.json"), "utf8")) as Expected;
    await cp(join(FIXTURE, "folder"), folder, { recursive: true });
    // Sessions and places expire after 90 days, so these were used today.
    for (const name of ["sessions.db", "login_places.db"]) {
      const text = await readFile(join(folder, name), "utf8");
      await writeFile(join(folder, name), text.replaceAll(/"lastSeenAt":\d+/g, `"lastSeenAt":${Date.now()}`));
    }
  });
  afterEach(() => server?.stop());

  async function expectAnswers(): Promise<void> {
    for (const { as, path, status, body } of expected.answers) {
      const reply = await createApi(server.url, as === null ? undefined : expected.tokens[as]).get(path);
      const text = reply.text.replaceAll(server.url, SITE);
      // Later versions may tell more.
      expect({ path, status: reply.status, body: ageless(JSON.parse(text)) }).toMatchObject({
        path,
        status,
        body: ageless(body) as object,
      });
    }
    for (const { path, sha256 } of expected.media) {
      const bytes = Buffer.from(await (await fetch(server.url + path)).arrayBuffer());
      expect({ path, sha256: createHash("sha256").update(bytes).digest("hex") }).toEqual({ path, sha256 });
    }
  }

  it("answers as before, and imports only once", async () => {
    const old = (await readdir(folder)).filter((name) => name.endsWith(".db")).sort();
    const contents = await Promise.all(old.map((name) => readFile(join(folder, name), "utf8")));
    await start();
    await expectAnswers();
    const { password, tokens, endedToken, ids } = expected;
    expect((await createApi(server.url, endedToken).get("/feed")).status).toBe(401);
    const api = createApi(server.url);
    expect((await api.post<Session>("/auth/login", { username: "alice", password })).status).toBe(200);
    expect((await api.post<Session>("/auth/login", { username: "alice", password: `${password}!` })).status).toBe(401);
    const again = await createApi(server.url, tokens["Alice"]).post<Tweet>("/tweet/alices-first_key", {
      text: "Sent under a key. 漢字 ß e\u0301",
      metadata: { client: "fixture", lang: "de" },
    });
    expect([again.status, again.body.id]).toEqual([200, ids["keyed"]]);
    expect((await createApi(server.url, tokens["bob"]).post("/tweet/bobs-deleted", { text: "x" })).status).toBe(409);

    const backup = join(folder, "nedb-backup");
    const line = `^Imported \\d+ documents of ${old.length} collections into SQLite. The old files are in ${backup}$`;
    expect(server.output()).toMatch(new RegExp(line, "m"));
    expect((await readdir(backup)).sort()).toEqual(old);
    expect(await Promise.all(old.map((name) => readFile(join(backup, name), "utf8")))).toEqual(contents);
    expect((await readdir(folder)).filter((name) => name.endsWith(".db"))).toEqual([]);
    for (const [path, mode] of [
      [backup, 0o700],
      [join(backup, "users.db"), 0o600],
    ] as const) {
      expect([path, (await stat(path)).mode & 0o777]).toEqual([path, mode]);
    }
    expect(await server.stop()).toBe(0);

    await start();
    await expectAnswers();
    expect(server.output()).not.toMatch(/import/i);
    expect(server.output()).not.toMatch(/\b(?:ERROR|WARN|FATAL)\b/);
  });

  it("does not start on a damaged file, which it names with the line", async () => {
    await appendFile(join(folder, "follows.db"), "\0\0\0\0\n");
    await expect(start()).rejects.toThrow(/ended with code 1 .*FATAL.*\/follows\.db is damaged, line 11: not JSON\./s);
    expect(await readdir(folder)).toContain("follows.db");
  });
});

/** Without the days since somebody signed up. */
function ageless(body: unknown): unknown {
  return JSON.parse(JSON.stringify(body), (key, value: unknown) => (key === "accountAge" ? undefined : value));
}

interface Note {
  _id: string;
  key: string;
  tags?: string[];
}

const SPEC: CollectionSpec = {
  name: "notes",
  indexes: [
    { fields: { key: 1 }, unique: true },
    { fields: { tags: 1, _id: -1 }, multikey: true },
  ],
};

const note = (n: number, more: object = {}): Note => ({ _id: `${n}`, key: `key-${n}`, ...more });
const lines = (...docs: object[]) => docs.map((doc) => `${JSON.stringify(doc)}\n`).join("");
const fileOf = (ending = ".db") => join(folder, `notes${ending}`);
const backupOf = (ending = ".db") => join(folder, "nedb-backup", `notes${ending}`);
const INDEX = { $$indexCreated: { fieldName: "key", unique: true, sparse: true } };

/** What the imports of a test have shown. */
let shown = "";
beforeEach(() => {
  shown = "";
});

/** Opens the collection as a start does, and closes it. @returns what `use` returns, by default all documents by id */
async function opened<R = Note[]>(
  use: (notes: ReturnType<ReturnType<typeof openSqlite>["collection"]>) => Promise<unknown> = (notes) =>
    notes.find({ sort: ["_id"] }),
): Promise<R> {
  const store = openSqlite(folder, QUIET, { isTTY: true, write: (text: string) => Boolean((shown += text)) });
  const notes = store.collection<Note>(SPEC);
  try {
    await notes.connect();
    return (await use(notes)) as R;
  } finally {
    await store.close();
  }
}

describe("the import of a file", () => {
  it("applies its lines in order, and indexes the result", async () => {
    await writeFile(
      fileOf(),
      lines(
        note(1, { tags: ["a", "b"] }),
        note(2),
        INDEX,
        note(3),
        { $$deleted: true, _id: "2" },
        // The key is free again.
        { _id: "4", key: "key-2" },
        // Two documents that change their keys with each other are a line each.
        { _id: "3", key: "key-1" },
        note(1, { key: "key-3", tags: ["b", "c"] }),
        { $$deleted: true, _id: "never" },
        { $$indexRemoved: "other" },
      ),
    );
    const docs = [note(1, { key: "key-3", tags: ["b", "c"] }), { _id: "3", key: "key-1" }, { _id: "4", key: "key-2" }];
    expect(await opened()).toEqual(docs);
    expect(await opened((notes) => notes.find({ query: { tags: "a" } }))).toEqual([]);
    expect(await opened((notes) => notes.find({ query: { tags: "c" } }))).toEqual([docs[0]]);
    expect(await opened((notes) => notes.find({ query: { key: "key-2" } }))).toEqual([docs[2]]);
    await expect(opened((notes) => notes.insert(note(5, { key: "key-1" })))).rejects.toMatchObject({ field: "key" });
  });

  it("keeps every character, and dates as JSON has them", async () => {
    const text = 'Separators \u2028 \u2029 \u0085 \v \f \r, NUL \0, {"$$date":1}, half a pair \ud83d, 🦆';
    await writeFile(fileOf(), lines(note(1, { text, at: { $$date: 0 }, deep: [{ at: { $$date: 1.5e12 } }] })));
    const dates = { at: "1970-01-01T00:00:00.000Z", deep: [{ at: "2017-07-14T02:40:00.000Z" }] };
    expect(await opened()).toEqual([note(1, { text, ...dates })]);
  });

  it("leaves out a last line without a line end, which was never acknowledged", async () => {
    const whole = lines(note(1));
    for (const torn of ['{"_id":"2","key":"ke', JSON.stringify(note(2)), "\0\0\0", '{"_id":"1","key":"\xf0'] as const) {
      await writeFile(fileOf(), Buffer.concat([Buffer.from(whole), Buffer.from(torn, "latin1")]));
      expect(await opened()).toEqual([note(1)]);
      expect(await readFile(backupOf(), "latin1")).toBe(whole + torn);
      await rm(folder, { recursive: true });
      await mkdir(folder);
    }
  });

  it("uses the copy that NeDB left when it died before the copy was in place", async () => {
    await writeFile(fileOf(".db~"), lines(note(1)));
    expect(await opened()).toEqual([note(1)]);
    expect(await readdir(join(folder, "nedb-backup"))).toEqual(["notes.db"]);
  });

  it("ignores an incomplete copy beside the file, and keeps both", async () => {
    await writeFile(fileOf(), lines(note(1), note(2)));
    await writeFile(fileOf(".db~"), '{"_id":"1","k');
    expect(await opened()).toEqual([note(1), note(2)]);
    expect((await readdir(join(folder, "nedb-backup"))).sort()).toEqual(["notes.db", "notes.db~"]);
  });

  it("accepts an empty file, and an empty collection in SQLite", async () => {
    await writeFile(fileOf(), "");
    expect(await opened()).toEqual([]);
    await rm(backupOf());
    await rm(join(folder, "starling.sqlite"));
    expect(await opened()).toEqual([]);
    await writeFile(fileOf(), lines(note(1, { tags: ["a"] }), note(2)));
    expect(await opened((notes) => notes.find({ query: { tags: "a" } }))).toEqual([note(1, { tags: ["a"] })]);
  });

  it("shows a bar on a terminal, and tells what it did", async () => {
    const content = Array.from({ length: 10_000 }, (_, n) => lines(note(n, { text: "x".repeat(200) }))).join("");
    await writeFile(fileOf(), content);
    expect(await opened((notes) => notes.count({}))).toBe(10_000);
    const [bars, line, ...more] = shown.split("\n");
    const size = `${(content.length / 1e6).toFixed(1)} MB`;
    expect(bars!.split("\r").at(0)).toMatch(new RegExp(`^Importing █+░+ \\d\\d% of ${size}  notes`));
    expect(bars!.split("\r").at(-1)).toMatch(new RegExp(`^Importing █{24} 100% of ${size}  notes`));
    const where = join(folder, "nedb-backup");
    expect(line).toBe(`Imported 10000 documents of 1 collection into SQLite. The old files are in ${where}`);
    expect(more).toEqual([""]);
  });

  it("leaves files of others alone", async () => {
    await writeFile(join(folder, "mine.db"), "not Starling's");
    expect(await opened()).toEqual([]);
    expect((await readdir(folder)).filter((name) => !name.startsWith("starling.sqlite"))).toEqual(["mine.db"]);
  });

  const damaged: [string, string | Buffer, RegExp][] = [
    ["that is no JSON", "damaged\n", /line 2: not JSON/],
    ["cut in the middle", '{"_id":"2","key":"ke\n', /line 2: not JSON/],
    ["of zeros", "\0\0\0\0\n", /line 2: not JSON/],
    ["that is not UTF-8", Buffer.from('{"_id":"2","key":"\xff"}\n', "latin1"), /line 2: not valid UTF-8/],
    ["that is no document", "[1]\n", /line 2: not a document/],
    ["without an id", '{"key":"key-2"}\n', /line 2: a document without an id/],
    ["with an id that is no text", '{"_id":2,"key":"key-2"}\n', /line 2: a document without an id/],
    ["whose indexed field is an object", '{"_id":"2","key":{}}\n', /line 2: The indexed field key can't contain/],
    ["longer than any document", Buffer.alloc(20_000_000, "x"), /line 2: longer than any document/],
  ];
  it.each(damaged)("refuses a line %s, and changes nothing", async (_name, line, message) => {
    const content = Buffer.concat([Buffer.from(lines(note(1))), Buffer.from(line), Buffer.from(lines(note(3)))]);
    await writeFile(fileOf(), content);
    const refused = opened();
    await expect(refused).rejects.toMatchObject({
      name: "StoreUnusableError",
      message: expect.stringMatching(message),
    });
    await expect(refused).rejects.toThrow(`${fileOf()} is damaged`);
    expect(content.equals(await readFile(fileOf()))).toBe(true);
    expect(await readdir(folder)).not.toContain("nedb-backup");
  });

  it("begins anew once the file is mended", async () => {
    await writeFile(fileOf(), `${lines(note(1))}damaged\n${lines(note(3))}`);
    await expect(opened()).rejects.toThrow(/line 2: not JSON/);
    await writeFile(fileOf(), lines(note(1), note(3)));
    expect(await opened()).toEqual([note(1), note(3)]);
  });

  it("refuses two documents with the same unique value", async () => {
    await writeFile(fileOf(), lines(note(1), note(2, { key: "key-1" })));
    await expect(opened()).rejects.toThrow(
      `${fileOf()} can't be imported, because two of its documents have the same key`,
    );
    expect(await readdir(folder)).toContain("notes.db");
  });

  it("refuses a file that can't be read, and begins anew once it can", async () => {
    await mkdir(fileOf());
    await expect(opened()).rejects.toThrow(/notes\.db can't be imported \(EISDIR/);
    await rm(fileOf(), { recursive: true });
    await writeFile(fileOf(), lines(note(1)));
    expect(await opened()).toEqual([note(1)]);
  });

  it("refuses a file beside documents that SQLite has already, and a second file", async () => {
    await opened((notes) => notes.insert(note(1)));
    await writeFile(fileOf(), lines(note(2)));
    await expect(opened()).rejects.toThrow(/starling\.sqlite beside it has documents of its own/);
    await rename(join(folder, "starling.sqlite"), join(folder, "aside"));
    expect(await opened()).toEqual([note(2)]);
    await writeFile(fileOf(), lines(note(3)));
    await expect(opened()).rejects.toThrow(/was imported before/);
    await rm(fileOf());
    expect(await opened()).toEqual([note(2)]);
  });
});

describe("an import that is interrupted", () => {
  it("only moves the file when the process died after the commit", async () => {
    await writeFile(fileOf(), lines(note(1), note(2)));
    await opened();
    await rename(backupOf(), fileOf());
    expect(await opened((notes) => notes.updateById("1", { $set: { key: "newer" } }))).toMatchObject({ key: "newer" });
    expect(await readdir(join(folder, "nedb-backup"))).toEqual(["notes.db"]);

    await rename(backupOf(), fileOf());
    await appendFile(fileOf(), lines(note(3)));
    await expect(opened()).rejects.toThrow(/has changed since it was imported/);
    await rename(fileOf(), backupOf());
    expect(await opened()).toEqual([note(1, { key: "newer" }), note(2)]);
  });

  it("begins again after kill -9 at any moment, and ends complete", async () => {
    // Every third document is replaced, every fifth removed.
    const docs = new Map<string, Note>();
    let content = "";
    for (let n = 0; n < 10_000; n += 1) {
      const doc = note(n, { tags: [`tag-${n % 7}`, "all"], text: "🦜 ".repeat(20) });
      docs.set(doc._id, doc);
      content += lines(doc);
      if (n % 3 === 0) {
        const changed = note(n, { key: `changed-${n}`, tags: ["all"] });
        docs.set(changed._id, changed);
        content += lines(changed);
      }
      if (n % 5 === 0) {
        docs.delete(`${n}`);
        content += lines({ $$deleted: true, _id: `${n}` });
      }
    }
    await writeFile(fileOf(), content);

    // The first import runs to its end; the kills fall on all moments of the others.
    let limitMs: number | null = null;
    for (let round = 0; round < 8; round += 1) {
      const ranMs = await importInProcess(limitMs === null ? null : randomInt(limitMs));
      limitMs ??= Math.ceil(ranMs!);
      const places = await Promise.all([fileOf(), backupOf()].map((path) => readFile(path, "utf8").catch(() => null)));
      expect(places.filter((text) => text !== null)).toHaveLength(1);
      expect(places.find((text) => text !== null) === content).toBe(true);
      if (places[0] !== null) continue;
      await expectAll();
      await rm(folder, { recursive: true });
      await mkdir(folder);
      await writeFile(fileOf(), content);
    }
    await importInProcess(null);
    await expectAll();

    async function expectAll(): Promise<void> {
      const [found, tagged] = await opened<[Note[], number]>((notes) =>
        Promise.all([notes.find({}), notes.count({ query: { tags: "all" } })]),
      );
      expect(tagged).toBe(docs.size);
      expect(found).toHaveLength(docs.size);
      // Compared as text, because `toEqual` takes seconds for so many.
      const text = (some: Note[]) =>
        some
          .sort(byId)
          .map((doc) => JSON.stringify(doc))
          .join("\n");
      expect(text(found) === text([...docs.values()])).toBe(true);
    }
  });
});

function byId(a: Note, b: Note): number {
  return a._id < b._id ? -1 : 1;
}

/**
 * Imports in a process of its own, which is killed this long after the beginning of the import.
 *
 * @param limitMs null to let it end
 * @returns the time (ms) that the import took, null if the process was killed
 */
async function importInProcess(limitMs: number | null): Promise<number | null> {
  const code = `
    import { openSqlite } from "./seams/collections/sqlite/open.ts";
    const store = openSqlite(process.env.FOLDER, console, { isTTY: false, write: () => true });
    const notes = store.collection(${JSON.stringify(SPEC)});
    process.send("begun");
    await notes.connect();
    await store.close();
    process.disconnect();`;
  const child = spawn(process.execPath, ["--eval", code], {
    cwd: join(import.meta.dirname, "../.."),
    env: { ...process.env, FOLDER: folder },
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  const exited = once(child, "exit") as Promise<[number | null]>;
  await once(child, "message");
  const beganAt = performance.now();
  if (limitMs !== null) setTimeout(() => child.kill("SIGKILL"), limitMs);
  const [exitCode] = await exited;
  expect(exitCode).toBe(limitMs === null ? 0 : exitCode);
  return exitCode === 0 ? performance.now() - beganAt : null;
}
