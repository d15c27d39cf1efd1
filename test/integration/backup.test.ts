import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { copyFile, mkdir, readdir, readFile, rename, rm, stat, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { Header, list } from "tar";
import { startServer, type StartedServer } from "../../dev/start.ts";
import { type Manifest, printManifest } from "../../ops/archive/format.ts";
import { type Item, writeArchive } from "../../ops/archive/write.ts";
import type { Progress } from "../../ops/progress.ts";
import { unpack } from "../../ops/restore/unpack.ts";
import { decideRestore, finishRestore, RESTORING_FOLDER } from "../../seams/collections/restored.ts";
import { checkCopy } from "../../seams/collections/sqlite/snapshot.ts";
import { createApi, createCast, eventually, type Person, readAll, temporaryFolder, type Tweet } from "../helper.ts";
import { gradient } from "../support/files.ts";
import { fetchFile, upload } from "../support/uploads.ts";

const ROOT = join(import.meta.dirname, "../..");
const SETTINGS = { RATE_LIMIT_SCALE: "1000000" };
const QUIET_PROGRESS: Progress = { step: () => undefined, at: () => undefined, end: () => undefined };

let folder: string;
const servers = new Set<StartedServer>();
beforeAll(async () => {
  folder = await temporaryFolder();
});
afterAll(async () => {
  for (const server of servers) await server.stop();
  await rm(folder, { recursive: true, force: true });
});

async function start(dataDir: string): Promise<StartedServer> {
  const server = await startServer({ ...SETTINGS, DATA_DIR: dataDir });
  servers.add(server);
  return server;
}

interface Ended {
  code: number;
  stdout: string;
  stderr: string;
}

/** Runs `npm run backup` or `npm run restore` to its end. */
function run(command: "backup" | "restore", dataDir: string, args: string[], env = {}): Promise<Ended> {
  const script = join(ROOT, "ops", command, "main.ts");
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [script, ...args],
      { env: { ...process.env, DATA_DIR: dataDir, ...env } },
      (error, stdout, stderr) => resolve({ code: error ? Number(error.code ?? -1) : 0, stdout, stderr }),
    );
  });
}

async function succeed(...args: Parameters<typeof run>): Promise<Ended> {
  const ended = await run(...args);
  expect([ended.code, ended.stderr]).toEqual([0, expect.any(String)]);
  return ended;
}

/** The data and everything else below a folder but locks, by path, with the sizes of files. */
async function contents(path: string): Promise<Record<string, number>> {
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile() && !entry.name.startsWith("lock"))
    .map((entry) => join(entry.parentPath, entry.name));
  return Object.fromEntries(await Promise.all(files.map(async (file) => [file, (await stat(file)).size] as const)));
}

/** Tweets with a picture each, as fast as they are acknowledged, and deletes some of its own. */
function keepTweeting(who: Person, acknowledged: Tweet[]) {
  let stopped = false;
  const deleted = new Set<string>();
  const work = (async () => {
    for (let n = 0; !stopped; n++) {
      const picture = await upload(
        who,
        await gradient(40 + (n % 50), 30)
          .png()
          .toBuffer(),
      );
      const tweet = await who.tweet(`number ${n}`, { media: [picture.id] });
      acknowledged.push(tweet);
      if (n % 4 === 0) {
        deleted.add(tweet.id);
        await who.untweet(tweet.id);
      }
    }
  })();
  return {
    deleted,
    async stop() {
      stopped = true;
      await work;
    },
  };
}

/** The bytes of a tweet's picture and of its preview. */
async function picturesOf(who: Person, tweet: Tweet): Promise<Buffer[]> {
  const [medium] = tweet.media as unknown as { url: string; previewUrl: string }[];
  const urls = [medium!.url, medium!.previewUrl];
  return Promise.all(
    urls.map(async (url) => {
      const { status, bytes } = await fetchFile(who, url);
      expect([url, status]).toEqual([url, 200]);
      return bytes;
    }),
  );
}

describe("npm run backup", () => {
  it("makes a consistent copy while people tweet pictures, which npm run restore brings back", async () => {
    const dataDir = join(folder, "busy");
    const server = await start(dataDir);
    const { alice, bob } = await createCast(server.url, "alice", "bob");
    await bob.follow(alice);
    const acknowledged: Tweet[] = [];
    const loads = [keepTweeting(alice, acknowledged), keepTweeting(alice, acknowledged)];
    await eventually(() => expect(acknowledged.length).toBeGreaterThan(20));
    // With its deletions: those come right after their tweets.
    const before = acknowledged.slice(0, -4);
    const file = join(folder, "busy.tar.gz");
    await succeed("backup", dataDir, [file]);
    for (const load of loads) await load.stop();
    const deleted = new Set(loads.flatMap((load) => [...load.deleted]));
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect((await readdir(folder)).filter((name) => name.startsWith("busy."))).toEqual(["busy.tar.gz"]);
    expect(await readdir(join(dataDir, "media"))).not.toContain(".backup");

    const restoredDir = join(folder, "restored");
    await succeed("restore", restoredDir, [file]);
    const restored = await start(restoredDir);
    const again: Person = { ...alice, api: createApi(restored.url, alice.token) };
    const tweets = await readAll<Tweet>(again.api, `/user/${alice.username}`, "tweets");
    const ids = new Set(tweets.map(({ id }) => id));
    expect(before.filter(({ id }) => !deleted.has(id) && !ids.has(id))).toEqual([]);
    expect(before.filter(({ id }) => deleted.has(id) && ids.has(id))).toEqual([]);
    const known = new Set(acknowledged.map(({ id }) => id));
    expect(tweets.filter(({ id }) => !known.has(id)).length).toBeLessThanOrEqual(2);
    for (const tweet of tweets) {
      const pictures = await picturesOf(again, tweet);
      if (!deleted.has(tweet.id)) expect(pictures).toEqual(await picturesOf(alice, tweet));
    }
    expect((await again.api.post("/tweet", { text: "after the restore" })).status).toBe(201);
    await eventually(async () => {
      const { body } = await createApi(restored.url, bob.token).get<{ tweets: Tweet[] }>("/feed?limit=1");
      expect(body.tweets[0]?.text).toBe("after the restore");
    });
    for (const each of [server, restored]) expect(await each.stop()).toBe(0);
  });

  describe("of a stopped server", () => {
    let dataDir: string;
    let file: string;
    beforeAll(async () => {
      dataDir = join(folder, "calm");
      file = join(folder, "calm.tar");
      const server = await start(dataDir);
      const { alice } = await createCast(server.url, "alice");
      await alice.tweet("hello", { media: [(await upload(alice, await gradient(50, 50).png().toBuffer())).id] });
      await server.stop();
      await succeed("backup", dataDir, [file]);
    });

    it("refuses an existing file, a folder without data, data in MongoDB, and wrong arguments", async () => {
      const size = (await stat(file)).size;
      expect(await run("backup", dataDir, [file])).toMatchObject({
        code: 1,
        stderr: expect.stringContaining(`${file} exists already`),
      });
      expect((await stat(file)).size).toBe(size);
      const other = join(folder, "none.tar");
      const nowhere = join(folder, "nowhere");
      expect((await run("backup", nowhere, [other])).stderr).toContain(`There is no database in ${nowhere}`);
      expect((await run("backup", dataDir, [other], { MONGO_URL: "mongodb://h/db" })).stderr).toContain("mongodump");
      expect((await run("backup", dataDir, [])).stderr).toContain("Name one file");
      expect((await run("backup", dataDir, [join(folder, "no/where.tar")])).stderr).toContain("There is no folder");
      expect(await readdir(folder)).not.toContain("none.tar");
      expect(await readdir(folder)).not.toContain("nowhere");
    });

    it("lists its content with any tar program", async () => {
      const names: string[] = [];
      await list({ file, onReadEntry: ({ path, type }) => names.push(`${type} ${path}`), strict: true });
      expect(names).toEqual([
        "File starling-backup.json",
        "File starling.sqlite",
        expect.stringMatching(/^File media\/\d{19}$/),
        expect.stringMatching(/^File media\/\d{19}\.preview$/),
        "File sha256",
      ]);
    });

    it("removes what a killed backup left behind, but not while another one runs", async () => {
      const script = join(ROOT, "ops", "backup", "main.ts");
      // Big enough to be killed half way.
      const big = join(dataDir, "media", "1000000000000000001");
      await writeFile(big, "");
      await truncate(big, 3_000_000_000);
      const db = new DatabaseSync(join(dataDir, "starling.sqlite"));
      db.prepare(`INSERT INTO media ("_id", "_doc") VALUES (?, ?)`).run(
        "1000000000000000001",
        JSON.stringify({ _id: "1000000000000000001", state: "ready", used: true, previewBytes: 0 }),
      );
      db.close();
      const target = join(folder, "killed.tgz");
      const env = { ...process.env, DATA_DIR: dataDir };
      const child: ChildProcess = spawn(process.execPath, [script, target], { env, stdio: "ignore" });
      const ended = once(child, "exit");
      try {
        await eventually(async () => expect((await stat(`${target}.partial`)).size).toBeGreaterThan(0));
        const second = await run("backup", dataDir, [join(folder, "second.tar")]);
        expect(second).toMatchObject({ code: 1, stderr: expect.stringContaining("Another backup or restore") });
      } finally {
        child.kill("SIGKILL");
        await ended;
      }
      const remains = async () => (await readdir(folder)).filter((name) => name.startsWith("killed."));
      expect(await remains()).toEqual(["killed.tgz.partial", "killed.tgz.partial.sqlite"]);
      await rm(big);
      expect((await run("backup", dataDir, [join(folder, "third.tar")])).stderr).toContain("the files of 1 media");
      expect(await remains()).toEqual([]);
      expect(await readdir(join(dataDir, "media"))).not.toContain(".backup");
    });

    it("is not restored into a folder that a server uses, or that has data, unless these are to be replaced", async () => {
      const target = join(folder, "target");
      const server = await start(target);
      const { carol } = await createCast(server.url, "carol");
      await upload(carol, await gradient(20, 20).png().toBuffer());
      expect((await run("restore", target, [file, "--replace"])).stderr).toContain("in use by another Starling");
      await server.stop();
      const old = await contents(target);
      expect((await run("restore", target, [file])).stderr).toContain("has data already");
      expect(await contents(target)).toEqual(old);
      const { stdout } = await succeed("restore", target, [file, "--replace"]);
      const aside = (await readdir(target)).find((name) => /^replaced-\d{4}-\d\d-\d\dT[\d-]+Z$/.test(name))!;
      expect(stdout).toContain(join(target, aside));
      expect(await contents(join(target, aside))).toEqual(
        Object.fromEntries(
          Object.entries(old).map(([path, size]) => [path.replace(target, join(target, aside)), size]),
        ),
      );
      const restored = await start(target);
      expect((await createApi(restored.url).get(`/user/${carol.username}`)).status).toBe(404);
      await restored.stop();
    });

    it("takes its place at the next start when a crash interrupts the exchange, at any step", async () => {
      const names = ["starling.sqlite", "media"];
      for (const [step, moved] of [[], ["starling.sqlite"], ["media"], names].entries()) {
        const target = join(folder, `crash-${step}`);
        const restoring = join(target, RESTORING_FOLDER);
        await mkdir(join(target, "media"), { recursive: true });
        for (const name of ["starling.sqlite", "starling.sqlite-wal", "media/1"]) {
          await writeFile(join(target, name), `old ${name}`);
        }
        await unpack(file, restoring, QUIET_PROGRESS);
        const unpacked = await contents(restoring);
        await decideRestore(target, "replaced-now");
        // As `finishRestore` does, up to a crash: what is old is aside, and `moved` are in their place.
        if (moved.length > 0) {
          await mkdir(join(target, "replaced-now"));
          for (const name of ["starling.sqlite-wal", ...names]) {
            await rename(join(target, name), join(target, "replaced-now", name));
          }
        }
        for (const name of moved) await rename(join(restoring, name), join(target, name));
        await finishRestore(target);
        expect(await readdir(target)).not.toContain(RESTORING_FOLDER);
        expect(await readFile(join(target, "replaced-now/media/1"), "utf8")).toBe("old media/1");
        expect(await readFile(join(target, "replaced-now/starling.sqlite-wal"), "utf8")).toContain("old");
        await rm(join(target, "replaced-now"), { recursive: true });
        const expected = Object.entries(unpacked).map(([path, size]) => [path.replace(restoring, target), size]);
        expect(await contents(target)).toEqual(Object.fromEntries(expected));
      }
    });

    it("can't be made while a restore is half done, which the next start completes", async () => {
      const target = join(folder, "half");
      const restoring = join(target, RESTORING_FOLDER);
      await mkdir(target);
      await unpack(file, restoring, QUIET_PROGRESS);
      await decideRestore(target, "replaced-now");
      expect((await run("backup", target, [join(folder, "half.tar")])).stderr).toContain("was interrupted");
      const server = await start(target);
      expect(await readdir(target)).not.toContain(RESTORING_FOLDER);
      await server.stop();
    });

    describe("changed by somebody", () => {
      const created: Manifest = {
        createdAt: "2026-01-01T00:00:00.000Z",
        databaseBytes: 3,
        mediaFiles: 0,
        mediaBytes: 0,
      };
      let target: string;
      let before: Record<string, number>;
      beforeAll(async () => {
        target = join(folder, "hostile");
        await succeed("restore", target, [file]);
        before = await contents(target);
      });

      /** Expects that nothing is written outside of the folder of unpacked files. */
      async function expectRefused(path: string, reason: string): Promise<void> {
        const restoring = join(target, RESTORING_FOLDER);
        const around = await readdir(folder);
        const unpacked = async () => {
          await unpack(path, restoring, QUIET_PROGRESS);
          checkCopy(join(restoring, "starling.sqlite"));
        };
        await expect(unpacked()).rejects.toThrow(reason);
        await rm(restoring, { recursive: true, force: true });
        expect(await contents(target)).toEqual(before);
        expect(await readdir(folder)).toEqual(around);
      }

      async function archive(items: [name: string, content: Buffer][], manifest = created): Promise<string> {
        const path = join(folder, `made-${Math.random()}.tar`);
        const all: Item[] = [["starling-backup.json", printManifest(manifest)] as const, ...items].map(
          ([name, content]) => ({ name, content, bytes: content.length }),
        );
        await writeArchive(path, all, { gzip: false, onRead: () => undefined });
        return path;
      }

      it("is refused when it is cut short, changed or something else", async () => {
        const bytes = await readFile(file);
        const spoil = async (name: string, content: Buffer) => {
          await writeFile(join(folder, name), content);
          return join(folder, name);
        };
        await expectRefused(await spoil("empty", Buffer.alloc(0)), "cut short");
        await expectRefused(await spoil("text", Buffer.from("hello ".repeat(1000))), "no backup");
        await expectRefused(await spoil("zeros", Buffer.alloc(10_000)), "no backup");
        await expectRefused(await spoil("short", bytes.subarray(0, bytes.length - 3000)), "cut short");
        await expectRefused(await spoil("long", Buffer.concat([bytes, Buffer.from("x")])), "behind its end");
        const changed = Buffer.from(bytes);
        // A byte of the pictures.
        changed[bytes.indexOf("RIFF") + 100]! ^= 1;
        await expectRefused(await spoil("changed", changed), "changed");
        await expectRefused(join(folder, "missing"), "no such file");
        const gz = gzipSync(bytes);
        await expectRefused(await spoil("half.tgz", gz.subarray(0, gz.length - 20)), "cut short");
        gz[gz.length - 6]! ^= 1;
        await expectRefused(await spoil("sum.tgz", gz), "damaged");
      });

      it("is refused when its database is none, runs code, or is missing", async () => {
        const garbage = await archive([["starling.sqlite", Buffer.from("abc")]]);
        const ended = await run("restore", target, [garbage, "--replace"]);
        expect(ended).toMatchObject({ code: 1, stderr: expect.stringContaining("Nothing was changed") });
        expect(await contents(target)).toEqual(before);
        await expectRefused(await archive([]), "less than its manifest says");
        await expectRefused(await archive([["starling.sqlite", Buffer.from("abcd")]]), "another size");
        const path = join(folder, "trigger.sqlite");
        await copyFile(join(target, "starling.sqlite"), path);
        const db = new DatabaseSync(path);
        db.exec("PRAGMA journal_mode = DELETE");
        db.exec("CREATE TRIGGER t AFTER INSERT ON tweets BEGIN DELETE FROM users; END");
        db.close();
        const content = await readFile(path);
        const manifest = { ...created, databaseBytes: content.length };
        await expectRefused(await archive([["starling.sqlite", content]], manifest), "triggers");
      });

      it("is refused when it names files outside of the folder, or files that are no media", async () => {
        const bad = ["../evil", "/starling-evil", "media/../../evil", "media/a/b", "media/..", "media/x.partial"];
        for (const name of [...bad, "lock", "complete", "restoring/complete", "media/", "starling.sqlite-wal"]) {
          await expectRefused(
            await archive([[name, Buffer.from("abc")]], { ...created, mediaFiles: 1, mediaBytes: 3 }),
            name,
          );
        }
        const twice = { ...created, mediaFiles: 2, mediaBytes: 6 };
        const same: [string, Buffer] = ["media/1", Buffer.from("abc")];
        await expectRefused(await archive([same, same], twice), "twice");
        await expectRefused(await archive([same], created), "more media");
        await expectRefused(await archive([], { ...created, mediaBytes: 2 ** 52 }), "left");
      });

      it("is refused when it contains links, folders or devices", async () => {
        for (const type of [
          "SymbolicLink",
          "Link",
          "Directory",
          "CharacterDevice",
          "FIFO",
          "ExtendedHeader",
        ] as const) {
          const head = printManifest(created);
          const manifest = new Header({ path: "starling-backup.json", size: head.length, type: "File" });
          manifest.encode();
          const entry = new Header({ path: "media/1", linkpath: "/etc/passwd", size: 0, type });
          entry.encode();
          const padded = Buffer.concat([head, Buffer.alloc(512 - (head.length % 512))]);
          const path = join(folder, `${type}.tar`);
          await writeFile(path, Buffer.concat([manifest.block!, padded, entry.block!, Buffer.alloc(1024)]));
          await expectRefused(path, "no plain file");
        }
      });
    });
  });
});
