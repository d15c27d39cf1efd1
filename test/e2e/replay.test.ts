import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { type Finding, FINDINGS } from "../../dev/replay/findings.ts";
import { inventGraph } from "../../dev/replay/graph.ts";
import { createRandom } from "../../dev/replay/random.ts";
import { replay } from "../../dev/replay/replay.ts";
import { temporaryFolder } from "../../dev/servers/guard.ts";
import { SnowflakeGenerator } from "../../lib/snowflake.ts";
import { useStarling } from "../helper.ts";
import { type Fault, type FaultyServer, type Passed, startFaultyServer } from "../support/faulty-proxy.ts";

const ROOT = join(import.meta.dirname, "../..");
/** The friendships of a college. The file is too large for the repository, so a plain clone does not have it. */
const COLLEGE = join(ROOT, "../shared/data/socfb-Reed98.edges");
/** The test's graph has this many people: the first ones of the college. */
const PEOPLE = 150;

interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function runReplay(...args: string[]): Promise<Ran> {
  return new Promise((resolve) => {
    execFile(process.execPath, [join(ROOT, "dev/replay/main.ts"), ...args], (error, stdout, stderr) =>
      resolve({ code: error ? Number(error.code) : 0, stdout, stderr }),
    );
  });
}

/** @returns the number in the table's row of this name */
function row(table: string, name: string): number {
  const found = new RegExp(`^  ${name} +([\\d,]+)$`, "m").exec(table);
  if (!found) throw new Error(`There is no row "${name}" in:\n${table}`);
  return Number(found[1]!.replaceAll(",", ""));
}

/** @returns the edges among the first people of the college, or a made-up graph of that size in a clone without the file */
async function friendships(): Promise<string[]> {
  if (!existsSync(COLLEGE)) return inventGraph(PEOPLE, createRandom(1)).follows.map((edge) => edge.join(" "));
  const edges = (await readFile(COLLEGE, "utf8")).split("\n");
  return edges.filter((edge) => edge !== "" && edge.split(" ").every((person) => Number(person) < PEOPLE));
}

describe("npm run replay", () => {
  it("finds nothing wrong with a graph of friendships on a server that it starts", async () => {
    const folder = await temporaryFolder("starling-test-");
    const graph = join(folder.path, "college.edges");
    await writeFile(graph, (await friendships()).join("\n"));
    const options = "--both-ways --tweets 600 --sockets 40 --concurrency 16 --seed 7".split(" ");
    const { code, stdout, stderr } = await runReplay("--graph", graph, ...options);
    await folder.remove();
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout).toContain("seed 7");
    expect(row(stdout, "acknowledged")).toBe(600);
    for (const name of Object.values(FINDINGS)) expect([name, row(stdout, name)]).toEqual([name, 0]);
  }, 120_000);

  it("prints its options, and names a wrong argument", async () => {
    const help = await runReplay("--help");
    expect([help.code, help.stdout]).toEqual([0, expect.stringContaining("--both-ways")]);
    const bad = await Promise.all([
      runReplay("--tweets", "many"),
      runReplay("--graph", "/nowhere.edges"),
      runReplay("--url", "localhost:3000"),
    ]);
    expect(bad.map(({ code, stdout }) => [code > 0, stdout])).toEqual(bad.map(() => [true, ""]));
    expect(bad.map(({ stderr }) => stderr.trim().split("\n").length)).toEqual([1, 1, 1]);
    expect(bad.map(({ stderr }) => stderr)).toEqual([
      expect.stringContaining("--tweets"),
      expect.stringContaining("/nowhere.edges"),
      expect.stringContaining("--url"),
    ]);
  });
});

describe("a replay against a faulty server", () => {
  const starling = useStarling();
  let server: FaultyServer;
  beforeAll(async () => {
    server = await startFaultyServer(starling.url);
  });
  afterAll(() => server.stop());

  interface Tweets {
    tweets: { id: string; text: string }[];
  }
  const isTarget = (text: string) => text.startsWith("Tweet 20 of");
  const ids = new SnowflakeGenerator();

  /** Changes each page of a feed that contains the target tweet. */
  const changingFeed = (change: (tweets: Tweets["tweets"], at: number) => void) => (): Fault => ({
    async answer({ path, pass }) {
      const passed = await pass();
      if (!path.startsWith("/feed") || passed.status !== 200) return passed;
      const page = JSON.parse(passed.text) as Tweets;
      const at = page.tweets.findIndex(({ text }) => isTarget(text));
      if (at >= 0) change(page.tweets, at);
      return { ...passed, text: JSON.stringify(page) };
    },
  });
  const emitting = (times: number) => (): Fault => {
    let isDone = false;
    return {
      timesToEmit(event, payload) {
        if (isDone || event !== "tweet" || !isTarget((payload as { text: string }).text)) return 1;
        isDone = true;
        return times;
      },
    };
  };
  const posting =
    (post: (pass: (changes?: { path: string }) => Promise<Passed>, path: string) => Promise<Passed>) => () => ({
      answer: ({ method, path, body, pass }: Parameters<NonNullable<Fault["answer"]>>[0]) =>
        method === "POST" && path.startsWith("/tweet/") && isTarget((JSON.parse(body) as { text: string }).text)
          ? post(pass, path)
          : pass(),
    });

  const cases: { wrong: string; fault: () => Fault; found: Finding[] }[] = [
    { wrong: "does nothing wrong", fault: () => ({}), found: [] },
    {
      wrong: "acknowledges a tweet without storing it",
      fault: posting(() => Promise.resolve({ status: 201, text: JSON.stringify({ id: ids.next() }) })),
      found: ["lost", "missing", "liveMissed"],
    },
    {
      wrong: "leaves a tweet out of feeds",
      fault: changingFeed((tweets, at) => tweets.splice(at, 1)),
      found: ["missing"],
    },
    {
      wrong: "shows a tweet twice",
      fault: changingFeed((tweets, at) => tweets.splice(at, 0, tweets[at]!)),
      found: ["doubled"],
    },
    {
      wrong: "shows an older tweet above a newer one",
      fault: changingFeed((tweets, at) => tweets.splice(at, 2, ...tweets.slice(at, at + 2).reverse())),
      found: ["outOfOrder"],
    },
    {
      wrong: "acknowledges deletions without deleting",
      fault: () => ({
        answer: ({ method, path, pass }) =>
          method === "DELETE" && path.startsWith("/tweet/") ? Promise.resolve({ status: 204, text: "" }) : pass(),
      }),
      found: ["unexpected"],
    },
    {
      wrong: "makes two tweets of one",
      fault: posting(async (pass, path) => {
        await pass({ path: `${path}-again` });
        return pass();
      }),
      found: ["unexpected", "keyTwice"],
    },
    { wrong: "does not send a tweet to a socket", fault: emitting(0), found: ["liveMissed"] },
    { wrong: "sends a tweet twice to a socket", fault: emitting(2), found: ["liveDoubled"] },
    {
      wrong: "refuses a valid request",
      fault: () => {
        let isDone = false;
        return {
          answer({ method, pass }) {
            if (isDone || method !== "PUT") return pass();
            isDone = true;
            return Promise.resolve({ status: 403, text: "{}" });
          },
        };
      },
      found: ["wrongAnswer"],
    },
  ];

  it.each(cases)("audits a server that $wrong", async ({ fault, found }) => {
    server.fault = fault();
    const random = createRandom(3);
    // The settling time is long enough for a correct server on this machine.
    const options = { tweets: 100, sockets: 12, concurrency: 8, settleMs: 3000 };
    const { findings } = await replay(server.url, inventGraph(12, random), random, options);
    const kinds = (Object.keys(FINDINGS) as Finding[]).filter((kind) => findings.count(kind) > 0);
    expect(kinds).toEqual(found);
  });

  it("prints its findings, exits with 1, and gives the command for another run", async () => {
    server.fault = changingFeed((tweets, at) => tweets.splice(at, 0, tweets[at]!))();
    const { code, stdout, stderr } = await runReplay(
      ..."--tweets 60 --sockets 5 --seed 3 --url".split(" "),
      server.url,
    );
    expect(code).toBe(1);
    expect(row(stdout, FINDINGS.doubled)).toBeGreaterThan(0);
    expect(stderr).toMatch(/^doubled: \d+ in the feed of \w+$/m);
    expect(stderr).toContain(`npm run replay -- --tweets 60 --sockets 5 --concurrency 32 --seed 3 --url ${server.url}`);
  });
});
