import { expect, it } from "@jest/globals";
import { startRedis, startRedisCluster } from "../../dev/servers/index.ts";
import { RedisCache } from "../../seams/cache/redis.ts";
import { createRateLimiter } from "../../seams/limits/rate-limiter.ts";
import { redisKeeper } from "../../seams/limits/redis.ts";
import { RedisTimelineStore } from "../../seams/timelines/redis.ts";
import { eventually, type Person, readAll, startStarling, type Starling, type Tweet } from "../helper.ts";
import { connectRedis } from "../support/backends.ts";
import { describeWith, useServer } from "../support/servers.ts";

const USERS = Array.from({ length: 300 }, (_, n) => `19000000000000000${n + 100}`);
const SPEC = { name: "guess", points: 1000, windowSeconds: 60 };

const describe = await describeWith("redis-server");

describe.each([
  ["a Redis", async () => Object.assign(await startRedis(), { nodes: null })],
  ["a node of a Redis Cluster", () => startRedisCluster()],
] as const)("%s that does not answer", (_, start) => {
  const server = useServer<
    Awaited<ReturnType<typeof startRedisCluster>> | (Awaited<ReturnType<typeof startRedis>> & { nodes: null })
  >(start);

  it.each(["SIGSTOP", "SIGKILL"] as const)("fails each call at once, except the first ones (%s)", async (signal) => {
    const running = server();
    const ill = running.nodes ? running.nodes[0]! : running;
    const redis = await connectRedis(running.url);
    try {
      const store = new RedisTimelineStore(redis, { length: 10, ttlSeconds: 60 });
      const cache = new RedisCache(redis, { name: "any", ttlSeconds: 60, max: 10 });
      const limiter = createRateLimiter(1, redisKeeper(redis));
      await store.push("2000000000000000000", USERS);
      await ill.kill(signal);
      // If each of these waited, one after the other, this test would take minutes.
      let failed = 0;
      for (const user of USERS) {
        await store.read(user, { limit: 1 }).catch(() => failed++);
        await cache.getMany([user]).catch(() => failed++);
        // An outage of Redis never refuses a request.
        expect(await limiter.hit(SPEC, user)).toMatchObject({ allowed: true });
      }
      expect(failed).toBeGreaterThan(0);
      await expect(store.push("2000000000000000001", USERS)).rejects.toThrow();

      if (signal === "SIGSTOP") await ill.kill("SIGCONT");
      else await ill.restart();
      await eventually(() => store.push("2000000000000000002", USERS));
      for (const user of USERS) await store.read(user, { limit: 1 });
    } finally {
      await redis.close();
    }
  });
});

describe("Starling, when its Redis", () => {
  const redis = useServer(() => startRedis({ appendonly: true }));

  const feedOf = async (who: Person) => (await readAll<Tweet>(who.api, "/feed", "tweets")).map((tweet) => tweet.text);

  async function withStarling(test: (starling: Starling, alice: Person, bob: Person) => Promise<void>): Promise<void> {
    const starling = await startStarling({ REDIS_URL: redis().url });
    try {
      const { alice, bob } = await starling.cast("alice", "bob");
      await alice.follow(bob);
      await bob.tweet("before");
      await eventually(async () => expect(await feedOf(alice)).toEqual(["before"]));
      await test(starling, alice, bob);
    } finally {
      await starling.stop();
    }
  }

  /** Checks that everything works during the outage and after it, and that nothing is missing. */
  async function livesThrough(
    starling: Starling,
    [alice, bob]: [Person, Person],
    outage: () => Promise<void>,
    end: () => Promise<void>,
  ): Promise<void> {
    const gone = await bob.tweet("deleted meanwhile");
    await eventually(async () => expect(await feedOf(alice)).toEqual(["deleted meanwhile", "before"]));
    await outage();
    await bob.tweet("meanwhile");
    expect(await feedOf(alice)).toEqual(["meanwhile", "deleted meanwhile", "before"]);
    await bob.untweet(gone.id);
    expect(await feedOf(alice)).toEqual(["meanwhile", "before"]);
    await alice.unfollow(bob);
    await alice.follow(bob);
    await starling.expectWell();
    await end();
    await bob.tweet("after");
    await eventually(async () => expect(await feedOf(alice)).toEqual(["after", "meanwhile", "before"]));
    await starling.expectWell();
  }

  it("is stopped for a while, keeps working without it", () =>
    withStarling((starling, alice, bob) =>
      livesThrough(
        starling,
        [alice, bob],
        () => redis().kill("SIGSTOP"),
        () => redis().kill("SIGCONT"),
      ),
    ));

  it("is killed and comes back with its data, keeps working without it", () =>
    withStarling((starling, alice, bob) =>
      livesThrough(
        starling,
        [alice, bob],
        () => redis().kill(),
        () => redis().restart(),
      ),
    ));

  it("is killed and comes back empty, keeps working without it", () =>
    withStarling((starling, alice, bob) =>
      livesThrough(
        starling,
        [alice, bob],
        () => redis().kill(),
        () => redis().restart({ flush: true }),
      ),
    ));

  it("is missing at the start, starts all the same", async () => {
    await redis().kill();
    await withStarling(async (starling, alice, bob) => {
      await redis().restart();
      await bob.tweet("now");
      await eventually(async () => expect(await feedOf(alice)).toEqual(["now", "before"]));
      await starling.expectWell();
    });
  });
});
