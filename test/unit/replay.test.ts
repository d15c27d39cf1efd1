import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { inventGraph, readGraph } from "../../dev/replay/graph.ts";
import { createOracle } from "../../dev/replay/oracle.ts";
import { planSteps, type Step } from "../../dev/replay/plan.ts";
import { createRandom } from "../../dev/replay/random.ts";
import { type TemporaryFolder, temporaryFolder } from "../../dev/servers/guard.ts";

describe("an edge list", () => {
  let folder: TemporaryFolder;
  beforeAll(async () => {
    folder = await temporaryFolder("starling-test-");
  });
  afterAll(() => folder.remove());

  const fileOf = async (text: string) => {
    const file = join(folder.path, "graph.edges");
    await writeFile(file, text);
    return file;
  };

  it("gives each follow once, without comments and loops", async () => {
    const file = await fileOf("% a comment\n# another\n7 3\n\n7 3 0.5\n3 3\n3,9\n");
    expect(await readGraph(file, false)).toEqual({
      people: 3,
      follows: [
        [0, 1],
        [1, 2],
      ],
    });
  });

  it("gives each friendship as two follows, once", async () => {
    const { follows } = await readGraph(await fileOf("a b\nb a\nb c\n"), true);
    expect(follows.map(String).sort()).toEqual(["0,1", "1,0", "1,2", "2,1"]);
  });

  it("is refused, and the message names the line without an edge", async () => {
    await expect(readGraph(await fileOf("1 2\n3\n"), false)).rejects.toThrow(/line 2: "3"/);
    await expect(readGraph(await fileOf("\n"), false)).rejects.toThrow(/no edges/);
  });
});

function firstOf<T>(items: Iterable<T>, count: number): T[] {
  const first: T[] = [];
  for (const item of items) if (first.push(item) === count) break;
  return first;
}

describe("a plan", () => {
  const planOf = (seed: number, length: number) => {
    const random = createRandom(seed);
    const graph = inventGraph(30, random);
    return { graph, steps: firstOf(planSteps(graph, random), length) };
  };

  it("is the same for the same seed, and another for another", () => {
    expect(planOf(1, 500)).toEqual(planOf(1, 500));
    expect(planOf(1, 500)).not.toEqual(planOf(2, 500));
  });

  it("undoes only earlier actions, each once", () => {
    const { graph, steps } = planOf(5, 5000);
    const follows = new Set(graph.follows.map(String));
    const tweets = new Map<number, number>();
    const doIt: Record<Step["does"], (step: never) => void> = {
      tweet: ({ who, nth }: { who: number; nth: number }) => tweets.set(nth, who),
      delete: ({ who, nth }: { who: number; nth: number }) => {
        expect(tweets.get(nth)).toBe(who);
        tweets.delete(nth);
      },
      follow: ({ who, whom }: { who: number; whom: number }) => {
        expect(who === whom || follows.has(`${who},${whom}`)).toBe(false);
        follows.add(`${who},${whom}`);
      },
      unfollow: ({ who, whom }: { who: number; whom: number }) => {
        expect(follows.delete(`${who},${whom}`)).toBe(true);
      },
      read: () => undefined,
    };
    for (const step of steps) doIt[step.does](step as never);
    for (const kind of Object.keys(doIt)) expect(steps.some(({ does }) => does === kind)).toBe(true);
  });

  it("has few people write most of the tweets", () => {
    const { steps } = planOf(9, 5000);
    const counts = new Map<number, number>();
    for (const step of steps) if (step.does === "tweet") counts.set(step.who, (counts.get(step.who) ?? 0) + 1);
    const [first = 0, second = 0] = [...counts.values()].sort((a, b) => b - a);
    // Of 30 people, by Zipf's law, the first writes a quarter of all tweets, twice as many as the second.
    expect(first / second).toBeGreaterThan(1.6);
    expect(first / second).toBeLessThan(2.4);
  });
});

describe("the oracle", () => {
  const during = (sentAt: number, acknowledgedAt: number) => ({ sentAt, acknowledgedAt });
  const tweet = (author: number, id: string, at: number) => ({
    id,
    key: `key-${id}`,
    text: id,
    author,
    ...during(at, at + 1),
  });

  it("knows feeds and profiles: newest first, without deleted tweets and unfollowed authors", () => {
    const oracle = createOracle(3);
    oracle.followed(0, 1, during(1, 2));
    oracle.followed(0, 2, during(1, 2));
    for (const [author, id] of [
      [0, "99"],
      [1, "100"],
      [2, "102"],
      [1, "101"],
    ] as const)
      oracle.posted(tweet(author, id, 3));
    expect(oracle.feedOf(0)).toEqual(["102", "101", "100", "99"]);
    oracle.deleted("100");
    oracle.unfollowed(0, 2, during(5, 6));
    expect(oracle.feedOf(0)).toEqual(["101", "99"]);
    expect(oracle.profileOf(1)).toEqual(["101"]);
    expect([oracle.followersOf(1), oracle.followersOf(2)]).toEqual([1, 0]);
    oracle.followed(0, 2, during(7, 8));
    expect(oracle.feedOf(0)).toEqual(["102", "101", "99"]);
  });

  it("claims a follow only between its answer and the request that ends it", () => {
    const oracle = createOracle(2);
    oracle.followed(0, 1, during(10, 20));
    oracle.unfollowed(0, 1, during(30, 40));
    const claims = (from: number, until: number) => [
      oracle.followsThroughout(0, 1, from, until),
      oracle.mayFollow(0, 1, from, until),
    ];
    expect(claims(20, 30)).toEqual([true, true]);
    expect(claims(19, 30)).toEqual([false, true]);
    expect(claims(20, 31)).toEqual([false, true]);
    expect(claims(0, 9)).toEqual([false, false]);
    expect(claims(41, 50)).toEqual([false, false]);
    expect(oracle.followsThroughout(0, 0, 0, 100)).toBe(true);
  });
});
