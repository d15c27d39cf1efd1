import { chmod, mkdir, readdir, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, it } from "@jest/globals";
import { startServer, type StartedServer } from "../../dev/start.ts";
import { createApi, createCast, temporaryFolder } from "../helper.ts";
import { gradient } from "../support/files.ts";
import { upload } from "../support/uploads.ts";

// The data folder holds password hashes, sessions and keys, so nobody else on the machine may read it.

let folder: string;
let umask: number;
let server: StartedServer | undefined;
beforeAll(async () => {
  folder = await temporaryFolder();
  // The usual umask, with which new files are readable by everybody.
  umask = process.umask(0o022);
});
afterEach(async () => {
  await server?.stop();
});
afterAll(async () => {
  process.umask(umask);
  await rm(folder, { recursive: true, force: true });
});

/** The permissions of a folder and of everything in it, by path. */
async function modesIn(root: string): Promise<Record<string, string>> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  const paths = [root, ...entries.map((entry) => join(entry.parentPath, entry.name))];
  const modes = paths.map(async (path) => [path, ((await stat(path)).mode & 0o777).toString(8)] as const);
  return Object.fromEntries(await Promise.all(modes));
}

/** Checks that only the owner can read a folder and everything in it. @returns the paths of its files */
async function expectPrivate(root: string): Promise<string[]> {
  const modes = Object.entries(await modesIn(root));
  expect(modes.filter(([, mode]) => mode !== "600" && mode !== "700")).toEqual([]);
  return modes.filter(([, mode]) => mode === "600").map(([path]) => path);
}

it("keeps every file of a new data folder from other users", async () => {
  const data = join(folder, "new", "data");
  server = await startServer({ DATA_DIR: data });
  const { alice } = await createCast(server.url, "alice");
  await upload(alice, await gradient(64, 64).png().toBuffer());
  await alice.api.post("/tweet", { text: "Hello" });
  const files = await expectPrivate(data);
  expect(files.map((path) => path.slice(data.length))).toEqual(expect.arrayContaining(["/starling.sqlite", "/lock"]));
  expect(files.some((path) => path.startsWith(`${data}/media/`))).toBe(true);
  expect(await server.stop()).toBe(0);
  await expectPrivate(data);
});

it("closes a data folder that an earlier version left open, but touches no files of others in it", async () => {
  const data = join(folder, "old");
  server = await startServer({ DATA_DIR: data });
  const { alice } = await createCast(server.url, "alice");
  const { id } = await upload(alice, await gradient(64, 64).png().toBuffer());
  expect(await server.stop()).toBe(0);
  for (const path of Object.keys(await modesIn(data))) {
    await chmod(path, (await stat(path)).isDirectory() ? 0o755 : 0o644);
  }
  await mkdir(join(data, "notes"), { mode: 0o755 });
  await writeFile(join(data, "notes", "mine.txt"), "not Starling's", { mode: 0o644 });

  server = await startServer({ DATA_DIR: data });
  const { [data]: root, ...modes } = await modesIn(data);
  expect(root).toBe("700");
  const loose = Object.keys(modes).filter((path) => modes[path] !== "600" && modes[path] !== "700");
  expect(loose.map((path) => path.slice(data.length)).sort()).toEqual(["/notes", "/notes/mine.txt"]);
  expect((await createApi(server.url, alice.token).get(`/media/${id}`)).status).toBe(200);
  expect(await server.stop()).toBe(0);
});
