import { afterAll, beforeAll, expect, it } from "@jest/globals";
import { type Cluster, startCluster } from "../../dev/cluster/cluster.ts";
import { SERVER_NAMES } from "../../dev/servers/index.ts";
import { closeAllLive, createCast, eventually, type Person, readAllIds, type Tweet, uniqueKey } from "../helper.ts";
import { follow, type Follower } from "../support/follower.ts";
import { describeWith, useServer } from "../support/servers.ts";

const describe = await describeWith(...SERVER_NAMES);

/** Few nodes, because gateways run all services too. There are two of timeline, so that one can be killed. */
const NODES = { users: 1, graph: 1, tweets: 1, timeline: 2, notifier: 1, media: 0 };
/** Time for elections, restarts and the sweeper, on a busy machine. */
const SOON_MS = 45_000;

/*
 * The table of outages in docs/reliability.md, one row per test. Each test ends with all servers up again, and with a feed
 * and a live client that have every acknowledged tweet once, in order.
 */
describe("an outage", () => {
  const cluster = useServer<Cluster>(() =>
    startCluster({ nodes: NODES, balancer: "node", env: { RATE_LIMIT_SCALE: "1000000" } }),
  );
  let alice: Person;
  let bob: Person;
  let screen: Follower;
  /** Newest first. */
  let acknowledged: string[] = [];
  /** Keys of tweets that were refused. Some of these tweets may be stored nevertheless. */
  const unsettled = new Set<string>();

  beforeAll(async () => {
    ({ alice, bob } = await createCast(cluster().url, "alice", "bob"));
    await bob.follow(alice);
    screen = follow(cluster().url, bob.token);
    await post();
    await expectComplete();
  }, SOON_MS);
  afterAll(async () => {
    screen.close();
    await closeAllLive();
  });

  /** Posts a tweet. After a lost answer or a 5xx, repeats the request once with the same key, as clients do. */
  async function tryPost(key = uniqueKey()): Promise<{ status: number; retryAfter: string | null }> {
    const send = () => alice.api.post<Tweet>(`/tweet/${key}`, { text: key });
    let reply = await send().catch(() => null);
    if (!reply || reply.status >= 500) reply = await send();
    if (reply.status < 300) acknowledged = [...acknowledged, reply.body.id].sort().reverse();
    if (reply.status < 300) unsettled.delete(key);
    else unsettled.add(key);
    return { status: reply.status, retryAfter: reply.headers.get("retry-after") };
  }

  async function post(key?: string): Promise<void> {
    // 200 when the first try was stored but its answer was lost.
    expect([200, 201]).toContain((await tryPost(key)).status);
  }

  /** Reads a feed, a profile or a tweet, and retries once. @returns the ids of its tweets */
  async function read(path: string): Promise<(string | undefined)[]> {
    const ask = () => bob.api.get<{ tweets?: Tweet[]; id?: string }>(path);
    let reply = await ask().catch(() => null);
    if (reply?.status !== 200) reply = await ask();
    expect([path, reply.status]).toEqual([path, 200]);
    return reply.body.tweets?.map(({ id }) => id) ?? [reply.body.id];
  }

  /** Reads feed, profile and tweet. Another gateway may learn of the newest tweet a moment later. */
  async function expectReadable(): Promise<void> {
    const newest = acknowledged[0]!;
    for (const path of ["/feed?limit=5", `/user/${alice.username}?limit=5`, `/tweet/${newest}`]) {
      await read(path);
      await eventually(async () => expect(await read(path)).toContain(newest));
    }
  }

  const expectOnScreen = () => eventually(() => expect(screen.ids()).toEqual(acknowledged), SOON_MS);

  async function expectComplete(): Promise<void> {
    for (const key of unsettled) await eventually(() => post(key), SOON_MS);
    await eventually(async () => {
      expect(await readAllIds(bob.api, "/feed", "tweets", 7)).toEqual(acknowledged);
    }, SOON_MS);
    await expectOnScreen();
  }

  it.each(["users-1", "graph-1", "tweets-1", "timeline-1", "notifier-1", "api-1"])(
    "of one node (%s): posting, reading and live go on",
    async (name) => {
      const node = cluster().node(name);
      await node.kill();
      await post();
      await expectReadable();
      await expectComplete();
      await node.restart();
    },
    120_000,
  );

  it("of Redis, which then restarts empty: posting, reading and live go on", async () => {
    const { redis } = cluster();
    await redis.kill("SIGKILL");
    await post();
    await expectReadable();
    await expectOnScreen();
    await redis.restart({ flush: true });
    await post();
    await expectComplete();
  }, 120_000);

  it("of NATS: posting and reading go on, live is late, then complete", async () => {
    const { nats } = cluster();
    await nats.kill("SIGKILL");
    await post();
    await eventually(expectReadable, SOON_MS);
    await nats.restart();
    await post();
    await expectComplete();
  }, 120_000);

  it("of the MongoDB primary: reading goes on, posting is refused with Retry-After until the election", async () => {
    const primary = await cluster().mongo.primary();
    await primary.kill("SIGKILL");
    await expectReadable();
    await eventually(async () => {
      const { status, retryAfter } = await tryPost();
      if (status >= 300) expect([status, retryAfter]).toEqual([503, expect.stringMatching(/^\d+$/)]);
      expect([200, 201]).toContain(status);
    }, SOON_MS);
    await expectReadable();
    await primary.restart();
    await expectComplete();
  }, 180_000);

  it("of two of three mongod: reading goes on, posting is refused with Retry-After", async () => {
    const { mongo } = cluster();
    const [first, second] = mongo.members;
    await first!.kill("SIGKILL");
    await second!.kill("SIGKILL");
    await eventually(expectReadable, SOON_MS);
    expect(await tryPost()).toEqual({ status: 503, retryAfter: expect.stringMatching(/^\d+$/) });
    await first!.restart();
    await second!.restart();
    await eventually(() => post(), SOON_MS);
    await expectComplete();
  }, 180_000);

  it("of each node in turn, as in the roll-out of a new version: one retry is enough, and there is no gap", async () => {
    const rollOut = cluster().rollingRestart();
    let isOver = false;
    const settled = rollOut.finally(() => {
      isOver = true;
    });
    const repeat = async (work: () => Promise<void>) => {
      while (!isOver) await work();
    };
    await Promise.all([settled, repeat(post), repeat(async () => void (await read("/feed?limit=5")))]);
    expect(acknowledged.length).toBeGreaterThan(50);
    await expectComplete();
  }, 300_000);
});
