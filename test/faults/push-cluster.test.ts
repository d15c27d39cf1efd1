import { afterAll, beforeAll, expect, it } from "@jest/globals";
import { type Cluster, startCluster } from "../../dev/cluster/cluster.ts";
import { SERVER_NAMES } from "../../dev/servers/index.ts";
import type { RedisConnection } from "../../seams/redis/connection.ts";
import { RedisPresence } from "../../seams/presence/redis.ts";
import { closeAllLive, connectLive, createApi, createCast, eventually, type Person, uniqueName } from "../helper.ts";
import { connectRedis, QUIET } from "../support/backends.ts";
import { manageNats } from "../support/nats.ts";
import { awayNow } from "../support/presence.ts";
import { startPushService } from "../support/push.ts";
import { describeWith, useServer } from "../support/servers.ts";

/** The gateways also run the services that have no nodes of their own. */
const NODES = { api: 2, users: 0, graph: 0, tweets: 1, timeline: 1, notifier: 1, media: 0 };
/** The followers in the test of a killed walk. Their browsers are several times as many as the concurrent requests. */
const FOLLOWERS = 8;
const BROWSERS_EACH = 10;
/** Concurrent requests: a kill can leave this many pushes without an outcome, and these are not sent again. */
const CONCURRENT_SENDS = 16;
/** Enough for restarts and the sweeper, on a busy machine. */
const PATIENCE_MS = 60_000;

const describe = await describeWith(...SERVER_NAMES);

describe("pushes of a cluster", () => {
  const service = useServer(() => startPushService());
  const cluster = useServer<Cluster>(() =>
    startCluster({
      nodes: NODES,
      balancer: "node",
      env: { RATE_LIMIT_SCALE: "1000000", PUSH_ALLOW_LOOPBACK: "true" },
    }),
  );
  let alice: Person;
  let bob: Person;
  let carol: Person;
  let bobs: string;
  let carols: string;
  let redis: RedisConnection;
  let presence: RedisPresence;

  beforeAll(async () => {
    ({ alice, bob, carol } = await createCast(cluster().url, "alice", "bob", "carol"));
    for (const follower of [bob, carol]) await follower.follow(alice);
    [bobs, carols] = [uniqueName("device"), uniqueName("device")];
    await service().subscribe(bob, bobs);
    await service().subscribe(carol, carols);
    redis = await connectRedis(cluster().redis.url);
    presence = new RedisPresence(redis, QUIET);
  }, PATIENCE_MS);
  afterAll(async () => {
    await closeAllLive();
    await presence.close();
    await redis.close();
  });

  const bodies = (to: string) =>
    service()
      .pushes(to)
      .map(({ message }) => message.body);
  /** Waits for a tweet's push to these devices. All earlier pushes have gone out by then. */
  async function expectPushed(text: string, ...to: string[]): Promise<void> {
    await eventually(() => {
      for (const device of to) expect(bodies(device)).toContain(text);
    }, PATIENCE_MS);
  }
  /** Waits until bob's departure is in the past by every clock, so that bob counts as absent for the next tweet. */
  const expectAway = () =>
    eventually(async () => {
      const [lastHere] = await presence.lastHere([bob.id]);
      expect(lastHere).toBeLessThan(Date.now());
    }, PATIENCE_MS);

  it("don't come for a tweet that arrived on a socket, even if the user left before the notifier ran", async () => {
    const notifier = cluster().node("notifier-1");
    const live = await connectLive(cluster().gateways[0]!.url, bob.token);
    await notifier.freeze();
    try {
      await alice.tweet("here, then gone");
      await eventually(() => expect(live.tweets.map(({ text }) => text)).toContain("here, then gone"));
      live.close();
      await expectAway();
    } finally {
      await notifier.thaw();
    }
    await expectPushed("here, then gone", carols);
    await alice.tweet("to who is away");
    await expectPushed("to who is away", bobs, carols);
    expect(bodies(bobs)).toEqual(["to who is away"]);
  }, 120_000);

  it("come to the users of a killed gateway, and only after the kill", async () => {
    const [dying, other] = cluster().gateways;
    const live = await connectLive(dying!.url, bob.token);
    await eventually(async () => expect(await awayNow(presence, [bob.id])).toEqual([]));
    const tweet = async (text: string) => {
      expect((await createApi(other!.url, alice.token).post("/tweet", { text })).status).toBe(201);
    };
    await tweet("on the socket");
    await eventually(() => expect(live.tweets.map(({ text }) => text)).toEqual(["on the socket"]), PATIENCE_MS);
    await expectPushed("on the socket", carols);
    await dying!.kill();
    await expectAway();
    await tweet("after the kill");
    await expectPushed("after the kill", bobs, carols);
    await tweet("the last");
    await expectPushed("the last", bobs, carols);
    expect(bodies(bobs).slice(-2)).toEqual(["after the kill", "the last"]);
    expect(bodies(bobs)).not.toContain("on the socket");
    await dying!.restart();
  }, 180_000);

  it("come once if the notifier is killed half way, and if the stream of its jobs is lost", async () => {
    const { star, ...crowd } = await createCast(
      cluster().url,
      "star",
      ...Array.from({ length: FOLLOWERS }, (_, n) => `fan${n}`),
    );
    for (const fan of Object.values(crowd)) {
      await fan.follow(star!);
      for (let n = 0; n < BROWSERS_EACH; n += 1) await service().subscribe(fan, `${fan.username}-${n}`);
    }
    const sent = (text: string) =>
      service()
        .pushes()
        .filter(({ message }) => message.body === text)
        .map(({ to }) => to);
    const expectOnce = (text: string) => expect(sent(text).length).toBe(new Set(sent(text)).size);
    const notifier = cluster().node("notifier-1");

    await star!.tweet("half way");
    await eventually(() => expect(sent("half way").length).toBeGreaterThan(0), PATIENCE_MS);
    await notifier.kill();
    // Delete the stream while no node takes its jobs: the tweets themselves still record that notifications are due.
    await star!.tweet("while nobody tells");
    await manageNats(cluster().nats.url, async ({ streams }) => {
      for await (const { config } of streams.list()) {
        if (config.subjects?.some((subject) => subject.includes("tweets.notify"))) await streams.delete(config.name);
      }
    });
    await notifier.restart();
    const all = FOLLOWERS * BROWSERS_EACH;
    await eventually(() => {
      expect(sent("half way").length).toBeGreaterThanOrEqual(all - CONCURRENT_SENDS);
      expect(sent("while nobody tells").length).toBe(all);
    }, PATIENCE_MS);
    // A push sent a second time would have gone out before this one.
    await star!.tweet("the very last");
    await eventually(() => expect(sent("the very last").length).toBe(all), PATIENCE_MS);
    for (const text of ["half way", "while nobody tells", "the very last"]) expectOnce(text);
  }, 240_000);
});
