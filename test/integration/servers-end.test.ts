import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterEach, beforeEach, expect, it } from "@jest/globals";
import { Cluster } from "ioredis";
import { MongoClient } from "mongodb";
import { connect } from "nats";
import { SERVER_NAMES } from "../../dev/servers/index.ts";
import { eventually } from "../support/eventually.ts";
import { describeWith } from "../support/servers.ts";

const MAIN = join(import.meta.dirname, "../../dev/servers/main.ts");
const describe = await describeWith(...SERVER_NAMES);

let folder: string;
let running: ChildProcess | undefined;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "starling-test-"));
});
afterEach(async () => {
  running?.kill("SIGKILL");
  await rm(folder, { recursive: true });
});

/** Runs `npm run servers` with its data in this test's folder. */
function servers(args: string[], env: Record<string, string> = {}): ChildProcess {
  running = spawn(process.execPath, [MAIN, ...args], {
    env: { ...process.env, TMPDIR: folder, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  return running;
}

/** Waits until all settings are printed. @returns them */
async function settings(child: ChildProcess, count: number): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for await (const line of createInterface({ input: child.stdout! })) {
    const [, name, value] = /^export (\w+)='(.*)'$/.exec(line) ?? [];
    if (name && value) found[name] = value;
    if (Object.keys(found).length === count) return found;
  }
  throw new Error("The command ended before all servers had started");
}

async function output(child: ChildProcess): Promise<{ code: number | null; out: string; err: string }> {
  let [out, err] = ["", ""];
  child.stdout!.on("data", (chunk: Buffer) => (out += chunk.toString()));
  child.stderr!.on("data", (chunk: Buffer) => (err += chunk.toString()));
  await once(child, "close");
  return { code: child.exitCode, out, err };
}

/** Checks that no server answers at these addresses, and that no data is left. */
async function expectNothingLeft(urls: Record<string, string>): Promise<void> {
  expect(await readdir(folder)).toEqual([]);
  for (const url of Object.values(urls)) {
    for (const [, port] of url.matchAll(/127\.0\.0\.1:(\d+)/g)) {
      await expect(fetch(`http://127.0.0.1:${port}`)).rejects.toMatchObject({ cause: { code: "ECONNREFUSED" } });
    }
  }
}

describe("npm run servers", () => {
  it("starts the named servers, prints working settings, and leaves nothing after Ctrl-C", async () => {
    const child = servers(["--mongo-members", "3", "--redis-cluster"]);
    const ended = once(child, "exit");
    const urls = await settings(child, 3);

    const mongo = await MongoClient.connect(urls["MONGO_URL"]!);
    expect((await mongo.db().command({ hello: 1 }))["hosts"]).toHaveLength(3);
    await mongo.close();
    const [host, port] = new URL(urls["REDIS_URL"]!.split(",")[0]!).host.split(":");
    const redis = new Cluster([{ host: host!, port: Number(port) }]);
    expect(await redis.set("alice", "hello")).toBe("OK");
    redis.disconnect();
    const nats = await connect({ servers: urls["NATS_URL"]! });
    expect((await nats.jetstreamManager()).streams).toBeDefined();
    await nats.close();

    child.kill("SIGINT");
    expect(await ended).toEqual([0, null]);
    await expectNothingLeft(urls);
  });

  it("leaves nothing when it is killed", async () => {
    const child = servers(["redis", "nats"]);
    const urls = await settings(child, 2);
    child.kill("SIGKILL");
    await eventually(() => expectNothingLeft(urls));
  });

  it("prints its options, and refuses wrong arguments", async () => {
    expect(await output(servers(["--help"]))).toMatchObject({
      code: 0,
      out: expect.stringContaining("--mongo-members"),
    });
    expect(await output(servers(["postgres"]))).toMatchObject({ code: 1, err: expect.stringContaining('"postgres"') });
    expect(await output(servers(["--mongo-members", "2"]))).toMatchObject({
      code: 1,
      err: "--mongo-members must be 1 or 3 (all options: npm run servers -- --help)\n",
    });
    expect(await output(servers(["--nonsense"]))).toMatchObject({
      code: 1,
      err: expect.stringContaining("--nonsense"),
    });
  });

  it("reports a server that can't start, and stops the others", async () => {
    const { code, out, err } = await output(servers(["redis", "nats"], { NATS_BIN: "/bin/true" }));
    expect({ code, out }).toEqual({ code: 1, out: "" });
    expect(err).toContain("NATS_BIN is /bin/true, which is not nats-server");
    expect(await readdir(folder)).toEqual([]);
  });
});
