import { execFile } from "node:child_process";
import { appendFile, chmod, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "@jest/globals";
import { startServer, type StartedServer } from "../../dev/start.ts";
import { openSqlite } from "../../seams/collections/sqlite/open.ts";
import { createApi, createCast, readAllIds, temporaryFolder, type Tweet } from "../helper.ts";
import { SQLITE_SPEC } from "../support/sqlite-things.ts";

const run = promisify(execFile);
const isRoot = process.getuid?.() === 0;
/** The file's pages have this length. */
const PAGE_BYTES = 4096;

let folder: string;
const mounts: string[] = [];
let server: StartedServer | undefined;

/** Whether this process may mount file systems, as root outside of most containers. */
async function canMount(): Promise<boolean> {
  if (!isRoot) return false;
  const place = await temporaryFolder();
  try {
    await run("mount", ["-t", "tmpfs", "tmpfs", place]);
    await run("umount", [place]);
    return true;
  } catch {
    return false;
  } finally {
    await rm(place, { recursive: true, force: true });
  }
}
const mayMount = await canMount();

async function mountSmall(name: string): Promise<string> {
  const place = join(folder, name);
  await mkdir(place);
  await run("mount", ["-t", "tmpfs", "-o", "size=4m", "tmpfs", place]);
  mounts.push(place);
  return place;
}

async function start(name: string): Promise<StartedServer> {
  server = await startServer({ DATA_DIR: join(folder, name), RATE_LIMIT_SCALE: "1000000" });
  return server;
}

/** Starts a server that must fail. @returns its message, which is never a stack trace */
async function refusal(name: string): Promise<string> {
  const { message } = await start(name).then(
    () => new Error("It started"),
    (error: Error) => error,
  );
  expect(message).not.toMatch(/^\s+at |node:internal/m);
  return message;
}

beforeAll(async () => {
  folder = await temporaryFolder();
});
afterEach(async () => {
  await server?.stop("SIGKILL");
  server = undefined;
});
afterAll(async () => {
  for (const place of mounts.reverse()) await run("umount", ["-l", place]);
  await rm(folder, { recursive: true, force: true });
});

/** A disk that can be filled. */
interface SmallDisk {
  make(name: string): Promise<unknown>;
  fill(name: string, pid: number): Promise<unknown>;
  makeRoom(name: string, pid: number): Promise<unknown>;
}

/** The system's limit on the length of files gives the same errors wherever tests run. */
const limited: SmallDisk = {
  make: () => Promise.resolve(),
  fill: (_name, pid) => run("prlimit", [`--pid=${pid}`, `--fsize=${PAGE_BYTES}:`]),
  makeRoom: (_name, pid) => run("prlimit", [`--pid=${pid}`, "--fsize=unlimited:"]),
};

const mounted: SmallDisk = {
  make: mountSmall,
  async fill(name) {
    const filler = join(folder, name, "filler");
    for (;;) {
      try {
        await appendFile(filler, Buffer.alloc(PAGE_BYTES));
      } catch {
        return;
      }
    }
  },
  makeRoom: (name) => rm(join(folder, name, "filler")),
};

const DISKS: [string, SmallDisk][] = [
  ["limited", limited],
  ...(mayMount ? [["mounted", mounted] as [string, SmallDisk]] : []),
];

describe("a server whose disk is full", () => {
  it.each(DISKS)("refuses to write, goes on to read, and recovers without a restart (%s)", async (name, disk) => {
    await disk.make(name);
    const running = await start(name);
    const { alice, bob } = await createCast(running.url, "alice", "bob");
    await bob.follow(alice);
    const acknowledged = [(await alice.tweet("before")).id];
    await disk.fill(name, running.pid);
    // The log may have some room left.
    const post = () => alice.api.post<Tweet>("/tweet", { text: "x".repeat(280) });
    let refused = await post();
    for (; refused.status === 201; refused = await post()) acknowledged.push(refused.body.id);
    for (let again = 0; again < 3; again += 1) {
      const { status, body, text } = await alice.api.post<{ code: string }>("/tweet/full", { text: "full" });
      expect({ status, code: body.code }).toEqual({ status: 503, code: "UNAVAILABLE" });
      expect(text).not.toMatch(/sqlite|disk|\/tmp/i);
    }
    expect((await readAllIds(bob.api, "/feed", "tweets")).sort()).toEqual([...acknowledged].sort());
    expect((await createApi(running.url).get("/health/live")).status).toBe(200);
    expect(running.output()).toMatch(/starling\.sqlite can't be written: .*/);

    await disk.makeRoom(name, running.pid);
    const after = await alice.api.post<Tweet>("/tweet/full", { text: "full" });
    expect(after.status).toBe(201);
    acknowledged.push(after.body.id);
    expect(running.output()).toMatch(/starling\.sqlite can be written again/);
    await running.stop("SIGKILL");
    const next = await start(name);
    const there = await readAllIds(createApi(next.url, bob.token), "/feed", "tweets");
    expect(there.sort()).toEqual([...acknowledged].sort());
  });
});

describe("a start on a folder that can't be written", () => {
  // Root may write wherever the file system allows it. Root that may not mount has no folder that it can't write.
  const forbid = mayMount
    ? (place: string) => run("mount", ["-o", "remount,ro", place])
    : (place: string) => chmod(place, 0o500);

  it("ends with the remedy", async () => {
    if (isRoot && !mayMount) return;
    const place = mayMount ? await mountSmall("readonly") : join(folder, "readonly");
    const first = await start("readonly");
    expect(await first.stop()).toBe(0);
    await forbid(place);
    const said = await refusal("readonly");
    expect(said).toMatch(/code 2/);
    expect(said).toMatch(/readonly can't be used \(.*\).*DATA_DIR/);
    if (!mayMount) await chmod(place, 0o700);
  });
});

describe("a start on a damaged file", () => {
  it("accepts a torn log, and refuses a damaged file without changing it", async () => {
    const first = await start("damaged");
    const { alice } = await createCast(first.url, "alice");
    const tweet = await alice.tweet("whole");
    await first.stop("SIGKILL");
    await appendFile(join(folder, "damaged", "starling.sqlite-wal"), Buffer.alloc(3000, "torn"));
    const second = await start("damaged");
    expect((await createApi(second.url).get(`/tweet/${tweet.id}`)).status).toBe(200);
    await second.stop();
    const file = join(folder, "damaged", "starling.sqlite");
    const damaged = (await readFile(file)).fill("garbage", 0, 300);
    await writeFile(file, damaged);
    expect(await refusal("damaged")).toMatch(/starling\.sqlite is damaged.*npm run restore/);
    expect((await readFile(file)).equals(damaged)).toBe(true);
  });

  it("that is damaged in one place fails there alone, and tells the operator", async () => {
    const first = await start("place");
    const { alice } = await createCast(first.url, "alice");
    const tweets: Tweet[] = [];
    for (let n = 0; n < 60; n += 1) tweets.push(await alice.tweet(`${n} ${"x".repeat(270)}`));
    await first.stop();
    const file = join(folder, "place", "starling.sqlite");
    const content = await readFile(file);
    const page = Math.floor(content.indexOf(`{"_id":"${tweets[30]!.id}"`) / PAGE_BYTES) * PAGE_BYTES;
    expect(page).toBeGreaterThan(0);
    await writeFile(file, content.fill("garbage", page, page + PAGE_BYTES));

    const running = await start("place");
    const api = createApi(running.url, alice.token);
    const met = await api.get<{ code: string }>(`/tweet/${tweets[30]!.id}`);
    expect([met.status, met.body.code]).toEqual([500, "INTERNAL"]);
    expect(met.text).not.toMatch(/sqlite|malformed/);
    expect((await api.get(`/tweet/${tweets[0]!.id}`)).status).toBe(200);
    expect((await api.post("/tweet", { text: "new" })).status).toBe(201);
    expect(running.output()).toMatch(/starling\.sqlite is damaged.*npm run restore/);
  });
});

describe("a file that can't be written in a folder that can", () => {
  it("ends the opening with the remedy", async () => {
    if (!mayMount) return;
    await mkdir(join(folder, "file"));
    const file = join(folder, "file", "starling.sqlite");
    const first = openSqlite(join(folder, "file"));
    await first.collection(SQLITE_SPEC).connect();
    await first.close();
    await run("mount", ["--bind", file, file]);
    mounts.push(file);
    await run("mount", ["-o", "remount,ro,bind", file]);
    const second = openSqlite(join(folder, "file"));
    await expect(second.collection(SQLITE_SPEC).connect()).rejects.toMatchObject({
      name: "StoreUnusableError",
      message: expect.stringMatching(/can't be written \(.*\).*DATA_DIR/),
    });
    await second.close();
  });
});
