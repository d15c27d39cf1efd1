import { execFile } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { auditPosts } from "../../bench/paths/audit.ts";
import { measurePath } from "../../bench/paths/measure-path.ts";
import { type Path, QUICK } from "../../bench/paths/path.ts";
import { SERVER_NAMES } from "../../dev/servers/index.ts";
import { createClient } from "../../dev/replay/http.ts";
import { temporaryFolder, useStarling } from "../helper.ts";
import { describeWith } from "../support/servers.ts";
import { type Fault, type FaultyServer, startFaultyServer } from "../support/faulty-proxy.ts";

const networked = (await describeWith(...SERVER_NAMES)) === describe.skip ? it.skip : it;
const MAIN = join(import.meta.dirname, "../../bench/main.ts");

interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function bench(args: readonly string[], env: Record<string, string> = {}): Promise<Ran> {
  return new Promise((resolve) => {
    execFile(process.execPath, [MAIN, ...args], { env: { ...process.env, ...env } }, (error, stdout, stderr) =>
      resolve({ code: error ? Number(error.code) : 0, stdout, stderr }),
    );
  });
}

interface Figures {
  readonly isQuick: boolean;
  readonly rounds: number;
  readonly problems: readonly string[];
  readonly rows: readonly Record<string, unknown>[];
  readonly curve: readonly Record<string, number>[];
  readonly replay: { acknowledged: number; findings: Record<string, number> } | null;
}

describe("npm run bench", () => {
  it("measures paths beside their bare engines, checks their answers, and draws charts", async () => {
    const plots = await temporaryFolder();
    const { code, stdout, stderr } = await bench(["--quick", "--json", "--only", "feed,post", "--plots", plots]);
    expect(stderr).toContain("post: replaying a short load");
    expect(code).toBe(0);
    const { machine, ...paths } = JSON.parse(stdout) as Record<string, unknown>;
    expect(machine).toMatchObject({ node: process.version });
    expect(Object.keys(paths)).toEqual(["feed", "post"]);
    for (const path of Object.values(paths) as Figures[]) {
      expect(path).toMatchObject({ isQuick: true, rounds: 2, problems: [] });
      const [row] = path.rows;
      for (const figure of ["ours", "bare", "median", "least", "most"]) expect(row![figure]).toBeGreaterThan(0);
      expect(typeof row!["reached"]).toBe("boolean");
    }
    const { post, feed } = paths as Record<string, Figures>;
    expect(post!.replay!.acknowledged).toBe(30);
    expect(Object.values(post!.replay!.findings).every((count) => count === 0)).toBe(true);
    expect(feed!.curve.every(({ offered, p50 }) => offered! > 0 && p50! > 0)).toBe(true);
    expect((await readdir(plots)).sort()).toEqual(["feed-latency.svg", "post-latency.svg", "ratios.svg"]);
    expect(await readFile(join(plots, "ratios.svg"), "utf8")).toContain("feed: rate");
  });

  networked("measures paths on the servers of a cluster", async () => {
    const { code, stdout } = await bench(["--quick", "--json", "--only", "networked-feed,timeline-memory"]);
    expect(code).toBe(0);
    const { machine, ...paths } = JSON.parse(stdout) as Record<string, Figures>;
    expect(Object.keys(machine!)).toEqual(expect.arrayContaining([...SERVER_NAMES]));
    expect(paths["networked-feed"]).toMatchObject({ isQuick: true, problems: [] });
    expect(paths["timeline-memory"]!.rows).toMatchObject([{ name: "an entry", bare: null }]);
  });

  it("exits with 1 and says so when requests are refused", async () => {
    // Enough for the few sign-ups, and too few for the load.
    const { code, stderr } = await bench(["--quick", "--markdown", "--only", "tweet"], { RATE_LIMIT_SCALE: "0.3" });
    expect(stderr).toMatch(/^tweet: The product answered \d+ requests with 429\.$/m);
    expect(code).toBe(1);
  });

  it("refuses names that it does not know, and quick runs of what can't be quick", async () => {
    expect(await bench(["--only", "everything"])).toMatchObject({ code: 2 });
    expect(await bench(["--quick", "--only", "overload"])).toMatchObject({ code: 2 });
  });
});

describe("the audit of a path", () => {
  const starling = useStarling();
  let server: FaultyServer;
  beforeAll(async () => {
    server = await startFaultyServer(starling.url);
  });
  afterAll(() => server.stop());

  interface Page {
    tweets: { id: string }[];
  }
  /** A server that changes one list before it sends it. */
  const changing = (path: string, change: (page: Page) => void): Fault => ({
    async answer(request) {
      const passed = await request.pass();
      if (!request.path.startsWith(path)) return passed;
      const page = JSON.parse(passed.text) as Page;
      change(page);
      return { ...passed, text: JSON.stringify(page) };
    },
  });

  it("finds an acknowledged tweet that is missing or twice", async () => {
    const { alice, bob } = await starling.cast("alice", "bob");
    await bob.follow(alice);
    const ids: string[] = [];
    for (const text of ["one", "two", "three"]) ids.push((await alice.tweet(text)).id);
    const client = createClient(server.url, () => undefined);
    const audit = () => auditPosts(client, new Map([[alice.username, ids]]), [bob], 0);
    try {
      expect(await auditPosts(client, new Map([[alice.username, ids]]), [bob])).toEqual([]);
      server.fault = changing(`/user/${alice.username}`, ({ tweets }) => tweets.shift());
      expect(await audit()).toEqual([
        `1 acknowledged tweets are missing from the profile of ${alice.username}, such as ${ids[2]}.`,
      ]);
      server.fault = changing("/feed", ({ tweets }) => tweets.push(tweets[0]!));
      expect(await audit()).toEqual([`1 tweets are twice in the feed of ${bob.username}.`]);
    } finally {
      client.close();
    }
  });

  it("is in the figures of the path, and ends what the path has started", async () => {
    const ended: string[] = [];
    const path: Path = {
      about: "a path with a fault",
      beside: "nothing",
      needs: [],
      rows: [{ name: "rate", unit: "/s", by: "ratio", goal: { atLeast: 0.5 } }],
      open({ onEnd }) {
        onEnd(() => ended.push("first"));
        onEnd(() => ended.push("second"));
        const side = (rate: number) => () => Promise.resolve({ rate });
        return Promise.resolve({
          ours: side(10),
          bare: side(40),
          audit: () => Promise.resolve(["The product sent 19 tweets instead of 20."]),
        });
      },
    };
    const figures = await measurePath(path, QUICK, () => undefined);
    expect(figures.problems).toEqual(["The product sent 19 tweets instead of 20."]);
    expect(figures.rows).toMatchObject([{ ours: 10, bare: 40, median: 0.25, reached: false }]);
    expect(ended).toEqual(["second", "first"]);
  });
});
