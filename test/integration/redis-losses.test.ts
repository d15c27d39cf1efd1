import { afterEach, expect, it, jest } from "@jest/globals";
import { type RedisServer, startRedis } from "../../dev/servers/index.ts";
import { RedisCache } from "../../seams/cache/redis.ts";
import type { RedisConnection } from "../../seams/redis/connection.ts";
import { DEPARTURE_TTL_SECONDS } from "../../seams/presence/presence.ts";
import { RedisPresence } from "../../seams/presence/redis.ts";
import { RedisTimelineStore } from "../../seams/timelines/redis.ts";
import { connectRedis, mastersOf, QUIET } from "../support/backends.ts";
import { eventually } from "../support/eventually.ts";
import { awayNow } from "../support/presence.ts";
import { describeWith } from "../support/servers.ts";

const ALICE = "1900000000000000001";
const BOB = "1900000000000000002";
const [T1, T2, T3] = ["2000000000000000001", "2000000000000000002", "2000000000000000003"] as const;
const ALL = { limit: 1000 };

const describe = await describeWith("redis-server");

describe("a Redis that has lost something", () => {
  const toEnd: (() => Promise<unknown>)[] = [];
  afterEach(async () => {
    for (const end of toEnd.splice(0).reverse()) await end();
  });

  async function start(options?: Parameters<typeof startRedis>[0]): Promise<RedisServer> {
    const server = await startRedis(options);
    toEnd.push(() => server.stop());
    return server;
  }

  async function connect({ url }: RedisServer): Promise<RedisConnection> {
    const redis = await connectRedis(url);
    toEnd.push(() => redis.close());
    return redis;
  }

  const listsIn = (redis: RedisConnection) => new RedisTimelineStore(redis, { length: 800, ttlSeconds: 3600 });

  async function build(store: RedisTimelineStore, userId: string, ids: string[]): Promise<string> {
    const token = await store.begin(userId);
    expect(await store.fill(userId, token!, ids, true)).toBe(true);
    return token!;
  }

  function presenceIn(redis: RedisConnection): RedisPresence {
    const presence = new RedisPresence(redis, QUIET);
    toEnd.push(() => presence.close());
    return presence;
  }

  /** Kills the server; it comes back with the data of its last save. */
  async function losesWhatCameSince(server: RedisServer, redis: RedisConnection, change: () => Promise<unknown>) {
    for (const master of mastersOf(redis)) await master.save();
    await change();
    await server.kill();
    await server.restart();
    await eventually(() => redis.getMany(["any"]));
  }

  it("returns no list from before it was killed, since the last pushes may be lost", async () => {
    const server = await start();
    const redis = await connect(server);
    const store = listsIn(redis);
    await build(store, ALICE, [T1]);
    const begun = await store.begin(BOB);
    await losesWhatCameSince(server, redis, () => store.push(T2, [ALICE, BOB]));
    expect(await redis.client.dbsize()).toBe(2);

    expect(await store.read(ALICE, ALL)).toBeNull();
    expect(await store.fill(BOB, begun!, [T1], true)).toBe(false);
    // The lists can be rebuilt at once, without remains of the old ones.
    await build(store, ALICE, [T2, T1]);
    await build(store, BOB, []);
    await store.push(T3, [ALICE, BOB]);
    expect(await store.read(ALICE, ALL)).toMatchObject({ ids: [T3, T2, T1] });
    expect(await store.read(BOB, ALL)).toMatchObject({ ids: [T3] });
  });

  it("returns no list after it was killed with an append-only file", async () => {
    const server = await start({ appendonly: true });
    const redis = await connect(server);
    const store = listsIn(redis);
    await build(store, ALICE, [T1]);
    await server.kill();
    await server.restart();
    await eventually(async () => expect(await redis.client.dbsize()).toBe(1));
    expect(await store.read(ALICE, ALL)).toBeNull();
  });

  it("returns no list from a replica, nor after its promotion to master", async () => {
    const master = await start();
    const replica = await start({ replicaOf: master.port });
    const built = await build(listsIn(await connect(master)), ALICE, [T1]);
    const redis = await connect(replica);
    const store = listsIn(redis);
    await eventually(async () => expect(await redis.client.dbsize()).toBe(1));
    expect(await store.read(ALICE, ALL)).toBeNull();

    await master.kill();
    await eventually(async () => {
      if (!("nodes" in redis.client)) await redis.client.replicaof("NO", "ONE");
    });
    expect(await store.read(ALICE, ALL)).toBeNull();
    const again = await build(store, ALICE, [T2, T1]);
    expect(again).not.toBe(built);
    expect(await store.read(ALICE, ALL)).toMatchObject({ ids: [T2, T1], version: again });
  });

  it("gets deletions and changes again", async () => {
    const server = await start();
    const redis = await connect(server);
    const cache = new RedisCache<{ text: string }>(redis, { name: "tweet", ttlSeconds: 600, max: 100 });
    await cache.fill([
      [T1, { text: "deleted" }],
      [T2, { text: "old" }],
      [T3, { text: "as ever" }],
    ]);
    await losesWhatCameSince(server, redis, async () => {
      await cache.put(T1, null);
      await cache.put(T2, { text: "new" });
    });
    await eventually(async () => {
      expect(await cache.getMany([T1, T2, T3])).toEqual([null, undefined, { text: "as ever" }]);
    });
  });

  it("gets the present users again, when it comes back empty", async () => {
    const server = await start();
    const redis = await connect(server);
    const presence = presenceIn(redis);
    await presence.arrive(ALICE);
    await server.restart({ flush: true });
    await eventually(async () => expect(await awayNow(presence, [ALICE, BOB])).toEqual([BOB]));
  });

  it("gets the present users again, when it comes back with old data", async () => {
    const server = await start();
    const redis = await connect(server);
    const presence = presenceIn(redis);
    await presence.arrive(ALICE);
    await losesWhatCameSince(server, redis, async () => {
      await presence.leave(ALICE);
      await presence.arrive(BOB);
    });
    await eventually(async () => expect(await awayNow(presence, [ALICE, BOB])).toEqual([ALICE]));
  });

  it("gets the users that arrived during its outage", async () => {
    const server = await start();
    const presence = presenceIn(await connect(server));
    await presence.arrive(ALICE);
    await server.kill();
    await presence.arrive(BOB);
    await presence.leave(ALICE);
    await expect(awayNow(presence, [BOB])).rejects.toThrow();
    await server.restart();
    await eventually(async () => expect(await awayNow(presence, [ALICE, BOB])).toEqual([ALICE]));
  });

  it("forgets the users of a dead node, and finds them on their new node", async () => {
    const server = await start();
    const [asking, dying] = [presenceIn(await connect(server)), await connect(server)];
    const dead = presenceIn(dying);
    await dead.arrive(ALICE);
    await dead.arrive(BOB);
    expect(await awayNow(asking, [ALICE, BOB])).toEqual([]);
    await dying.close();
    const successor = presenceIn(await connect(server));
    await successor.arrive(BOB);
    await eventually(async () => expect(await awayNow(asking, [ALICE, BOB])).toEqual([ALICE]));
  });

  it("remembers the departures of users of a node that shut down cleanly", async () => {
    const server = await start();
    const [asking, ending] = [presenceIn(await connect(server)), presenceIn(await connect(server))];
    for (const user of [ALICE, BOB]) await ending.arrive(user);
    await ending.leave(ALICE);
    const before = Date.now();
    await ending.close();
    const [alices, bobs] = await asking.lastHere([ALICE, BOB]);
    expect(bobs).toBeGreaterThanOrEqual(before);
    expect(bobs).toBeLessThan(Infinity);
    expect(alices).toBeLessThanOrEqual(bobs!);
    expect(alices).toBeGreaterThan(-Infinity);
  });

  it("forgets departures after a while", async () => {
    const server = await start();
    const presence = presenceIn(await connect(server));
    await presence.arrive(ALICE);
    await presence.leave(ALICE);
    const later = Date.now() + (DEPARTURE_TTL_SECONDS + 1) * 1000;
    const clock = jest.spyOn(Date, "now").mockReturnValue(later);
    try {
      await presence.arrive(BOB);
    } finally {
      clock.mockRestore();
    }
    expect(await presence.lastHere([ALICE, BOB])).toEqual([-Infinity, Infinity]);
  });
});

describe("a home list in Redis", () => {
  it("takes at most 9 KB for 800 ids, with others pushed on top", async () => {
    const server = await startRedis();
    const redis = await connectRedis(server.url);
    try {
      const store = new RedisTimelineStore(redis, { length: 800, ttlSeconds: 3600 });
      const idOf = (n: number) => `${2_000_000_000_000_000_000n + BigInt(n) * 4_194_304n}`;
      const token = await store.begin(ALICE);
      await store.fill(
        ALICE,
        token!,
        Array.from({ length: 800 }, (_, n) => idOf(n)),
        false,
      );
      for (let n = 800; n < 900; n++) await store.push(idOf(n), [ALICE]);
      const [key] = await redis.client.keys("timeline:*");
      expect(await redis.client.memory("USAGE", key!)).toBeLessThan(9 * 1024);
    } finally {
      await redis.close();
      await server.stop();
    }
  });
});
