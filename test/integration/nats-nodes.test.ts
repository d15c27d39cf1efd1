import { expect, it } from "@jest/globals";
import { startNats } from "../../dev/servers/index.ts";
import { connectLive, createApi, createCast, eventually, type Live, type Person, type Tweet } from "../helper.ts";
import { useNatsNodes } from "../support/nats-nodes.ts";
import { describeWith, useServer } from "../support/servers.ts";

const describe = await describeWith("nats-server");

describe("nodes over NATS", () => {
  const nats = useServer(() => startNats());
  const startNode = useNatsNodes(nats, { RATE_LIMIT_SCALE: "1000000" });

  /** Starts a gateway, and one node with all services behind it. */
  async function startPair() {
    const [store, gateway] = await Promise.all([
      startNode("users,graph,tweets,timeline,notifier,media"),
      startNode("api,live"),
    ]);
    await eventually(async () => expect((await createApi(gateway.url).get("/health/ready")).status).toBe(200));
    const { alice, bob } = await createCast(gateway.url, "alice", "bob");
    await bob.follow(alice);
    const live = await connectLive(gateway.url, bob.token);
    return { store, gateway, alice, bob, live };
  }

  function countResyncs(live: Live): { count: number } {
    const counter = { count: 0 };
    live.socket.on("resync", () => counter.count++);
    return counter;
  }

  /** Tweets repeatedly until one tweet arrives live. */
  async function expectLive(author: Person, live: Live): Promise<void> {
    await eventually(async () => {
      const reply = await author.api.post<Tweet>("/tweet", { text: "live again" });
      expect(reply.status).toBe(201);
      await eventually(() => expect(live.tweets.map((tweet) => tweet.id)).toContain(reply.body.id), 2000);
    });
  }

  it("answer 503 while NATS is away, tell clients to sync when it is back, and miss no tweet", async () => {
    const { gateway, alice, bob, live } = await startPair();
    const first = await alice.tweet("before");
    await eventually(() => expect(live.tweets.map(({ id }) => id)).toContain(first.id));
    const resyncs = countResyncs(live);
    await nats().kill("SIGKILL");
    const refused = await eventually(async () => {
      const reply = await alice.api.post<Tweet>("/tweet", { text: "lost?" });
      expect(reply.status).toBe(503);
      return reply;
    });
    expect(refused.headers.get("retry-after")).not.toBeNull();
    await nats().restart();
    await eventually(() => expect(resyncs.count).toBeGreaterThan(0));
    await expectLive(alice, live);
    const feed = await eventually(async () => {
      const reply = await createApi(gateway.url, bob.token).get<{ tweets: Tweet[] }>("/feed");
      expect(reply.status).toBe(200);
      return reply.body.tweets.map(({ id }) => id);
    });
    expect(feed).toEqual(expect.arrayContaining(live.tweets.map(({ id }) => id)));
  });

  it("tell clients to sync after the gateway was frozen", async () => {
    const { gateway, alice, live } = await startPair();
    const resyncs = countResyncs(live);
    process.kill(gateway.pid, "SIGSTOP");
    // Long enough to miss something; a frozen gateway can't be polled.
    await new Promise((resolve) => setTimeout(resolve, 4000));
    process.kill(gateway.pid, "SIGCONT");
    await eventually(() => expect(resyncs.count).toBeGreaterThan(0));
    await expectLive(alice, live);
  });

  it("tell clients to sync after the node with the tweets was given up and came back", async () => {
    const { store, gateway, alice, live } = await startPair();
    const resyncs = countResyncs(live);
    process.kill(store.pid, "SIGSTOP");
    await eventually(async () => {
      expect((await createApi(gateway.url).get("/health/ready")).status).toBe(503);
    }, 60_000);
    process.kill(store.pid, "SIGCONT");
    await eventually(() => expect(resyncs.count).toBeGreaterThan(0));
    await expectLive(alice, live);
  }, 120_000);

  it("forget at once, at every gateway, what was deleted, renamed or logged out at one", async () => {
    const { gateway, alice, bob } = await startPair();
    const other = await startNode("api");
    const there = createApi(other.url, bob.token);
    await eventually(async () => expect((await there.get("/health/ready")).status).toBe(200));
    const tweet = await alice.tweet("soon gone");
    const nameThere = async () => (await there.get<Tweet>(`/tweet/${tweet.id}`)).body.author.displayName;
    for (let round = 0; round < 5; round++) {
      await nameThere();
      await alice.api.patch("/user", { displayName: `Alice ${round}` });
      expect(await nameThere()).toBe(`Alice ${round}`);
    }
    await alice.untweet(tweet.id);
    expect((await there.get(`/tweet/${tweet.id}`)).status).toBe(404);
    expect((await there.get("/feed")).status).toBe(200);
    await bob.api.post("/auth/logout");
    expect((await there.get("/feed")).status).toBe(401);
    expect((await createApi(gateway.url, bob.token).get("/feed")).status).toBe(401);
  });

  it("let no session outlive its end, even at a gateway that was frozen meanwhile", async () => {
    const { bob } = await startPair();
    const frozen = await startNode("api");
    const there = createApi(frozen.url, bob.token);
    await eventually(async () => expect((await there.get("/feed")).status).toBe(200));
    process.kill(frozen.pid, "SIGSTOP");
    expect((await bob.api.post("/auth/logout")).status).toBe(204);
    process.kill(frozen.pid, "SIGCONT");
    expect((await there.get("/feed")).status).toBe(401);
  });

  it("start without NATS, post and read with their own services, and deliver once NATS is there", async () => {
    await nats().kill("SIGKILL");
    const all = await startNode("users,graph,tweets,timeline,notifier,media,api,live");
    const { alice, bob } = await createCast(all.url, "alice", "bob");
    await bob.follow(alice);
    const live = await connectLive(all.url, bob.token);
    const tweet = await alice.tweet("nobody carries it, and yet");
    await eventually(() => expect(live.tweets.map(({ id }) => id)).toEqual([tweet.id]));
    const feed = async () => (await bob.api.get<{ tweets: Tweet[] }>("/feed")).body.tweets.map(({ id }) => id);
    expect(await feed()).toEqual([tweet.id]);
    const resyncs = countResyncs(live);
    await nats().restart();
    await eventually(() => expect(resyncs.count).toBeGreaterThan(0));
    expect(await feed()).toEqual([tweet.id]);
    const other = await startNode("api,live");
    await eventually(async () => expect((await createApi(other.url).get("/health/ready")).status).toBe(200));
    expect((await createApi(other.url).get(`/tweet/${tweet.id}`)).status).toBe(200);
  });
});
