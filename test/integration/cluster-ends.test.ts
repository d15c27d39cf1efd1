import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, readlink, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "@jest/globals";
import { SERVER_NAMES } from "../../dev/servers/index.ts";
import { freePort } from "../../dev/servers/ports.ts";
import { eventually } from "../support/eventually.ts";
import { describeWith } from "../support/servers.ts";

const MAIN = join(import.meta.dirname, "../../dev/cluster/main.ts");
const describe = await describeWith(...SERVER_NAMES);
const SMALL = "users=0,graph=0,tweets=1,timeline=1,notifier=1,media=0";

let folder: string;
let running: ChildProcess | undefined;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "starling-test-"));
});
afterEach(async () => {
  running?.kill("SIGKILL");
  await rm(folder, { recursive: true });
});

/** Runs `npm run cluster` on a free port, with its data in this test's folder. */
async function cluster(args: string[], env: Record<string, string> = {}) {
  const port = `${await freePort()}`;
  const child = spawn(process.execPath, [MAIN, "--nodes", SMALL, "--port", port, ...args], {
    env: { ...process.env, TMPDIR: folder, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  running = child;
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => (output += chunk.toString()));
  return {
    child,
    url: `http://localhost:${port}`,
    ended: once(child, "close") as Promise<[number | null, NodeJS.Signals | null]>,
    output: () => output,
    /** Waits until the text was printed. @returns the whole output */
    untilSays: (text: string | RegExp) =>
      eventually(() => {
        expect(output).toMatch(text);
        return output;
      }, 60_000),
  };
}

/** Checks that no process uses the folder, and that it is empty. */
async function expectNothingLeft(): Promise<void> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const places = await Promise.all(pids.map((pid) => readlink(`/proc/${pid}/cwd`).catch(() => "ended")));
  expect(places.filter((place) => place.startsWith(folder))).toEqual([]);
  expect(await readdir(folder)).toEqual([]);
}

describe("npm run cluster", () => {
  it("lists its processes, reports and restarts a dead node, and leaves nothing after Ctrl-C", async () => {
    const { child, ended, untilSays, url } = await cluster(["--restart", "--balancer", "node"]);
    const said = await untilSays("Press Ctrl-C to end the cluster.");
    expect(said).toContain(`Starling is ready at ${url}`);
    expect((await fetch(`${url}/health/ready`)).status).toBe(200);
    for (const name of ["api-1", "api-2", "timeline-1", "balancer", "mongod-3", "redis", "nats"]) {
      expect(said).toMatch(new RegExp(`^${name} +.+ +\\d+ +.*127\\.0\\.0\\.1:\\d+|^balancer .*${url}`, "m"));
    }
    const pid = Number(/^timeline-1 +timeline +(\d+)/m.exec(said)?.[1]);
    process.kill(pid, "SIGKILL");
    await untilSays("timeline-1 died (SIGKILL)");
    await untilSays(/timeline-1 runs again, as process \d+/);
    // Its log is still followed.
    await untilSays(/^timeline-1 +\| Starling is ready/m);
    child.kill("SIGINT");
    expect(await ended).toEqual([0, null]);
    await expectNothingLeft();
  }, 120_000);

  it("leaves nothing when it is killed during its start", async () => {
    const { child, untilSays } = await cluster([]);
    await untilSays("Starting 5 nodes");
    child.kill("SIGKILL");
    await eventually(expectNothingLeft);
  }, 120_000);

  it("reports why a node can't start, and leaves nothing", async () => {
    const { ended, output } = await cluster([], { FANOUT_LIMIT: "many" });
    expect(await ended).toEqual([1, null]);
    expect(output()).toContain("FANOUT_LIMIT: must be a whole number");
    await expectNothingLeft();
  }, 120_000);

  it.each([
    [["--help"], 0, "--nodes KIND=N"],
    [["--nodes", "stars=2"], 1, 'no kind of node "stars"'],
    [["--nodes", "timeline"], 1, '"timeline" is not like timeline=3'],
    [["--nodes", "api=0"], 1, "api takes 1 to 20 nodes"],
    [["--logs", "timeline-9"], 1, 'no node "timeline-9"'],
    [["--port", "http"], 1, "--port must be from 1 to 65535"],
    [["--balancer", "nginx"], 1, "--balancer must be haproxy or node"],
    [["--nonsense"], 1, "--nonsense"],
  ])("prints its options, and refuses wrong arguments: %j", async (args, code, text) => {
    const { ended, output } = await cluster(args);
    expect(await ended).toEqual([code, null]);
    expect(output()).toContain(text);
  });
});
