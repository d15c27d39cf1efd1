import { existsSync } from "node:fs";
import { expect, it } from "@jest/globals";
import { Cluster, Redis } from "ioredis";
import { MongoClient } from "mongodb";
import { connect } from "nats";
import { type RunningServer, startMongo, startNats, startRedis, startRedisCluster } from "../../dev/servers/index.ts";
import { eventually } from "../support/eventually.ts";
import { describeWith, useServer } from "../support/servers.ts";

const withMongo = await describeWith("mongod");
const withRedis = await describeWith("redis-server");
const withNats = await describeWith("nats-server");

/** Checks that a server has left neither a process nor data. */
function expectGone({ pid, folder }: Pick<RunningServer, "pid" | "folder">): void {
  expect(() => process.kill(pid, 0)).toThrow("ESRCH");
  expect(existsSync(folder)).toBe(false);
}

withMongo("startMongo", () => {
  const set = useServer(() => startMongo({ members: 3 }));

  it("starts a replica set that replaces a killed primary, and takes it back after a restart", async () => {
    const client = new MongoClient(set().url, { writeConcern: { w: "majority" } });
    try {
      const tweets = client.db().collection<{ _id: string }>("tweets");
      await tweets.insertOne({ _id: "1" });
      const first = await set().primary();
      await first.kill("SIGKILL");
      // The driver retries a write only once, which may be before the election.
      await eventually(() => tweets.replaceOne({ _id: "2" }, {}, { upsert: true }));
      expect((await set().primary()).port).not.toBe(first.port);
      const pid = first.pid;
      await first.restart();
      expect(first.pid).not.toBe(pid);
      expect(await tweets.find().toArray()).toEqual([{ _id: "1" }, { _id: "2" }]);
    } finally {
      await client.close();
    }
  });

  it("starts a set of one member, which survives a freeze and leaves nothing", async () => {
    const single = await startMongo();
    const [member] = single.members;
    const client = new MongoClient(single.url);
    try {
      await client.db().collection<{ _id: string }>("tweets").insertOne({ _id: "1" });
      await member!.kill("SIGSTOP");
      const reading = client.db().collection("tweets").countDocuments();
      await member!.kill("SIGCONT");
      expect(await reading).toBe(1);
      await member!.restart();
      expect((await single.primary()).port).toBe(member!.port);
      expect(await client.db().collection("tweets").countDocuments()).toBe(1);
    } finally {
      await client.close();
      await single.stop();
    }
    expectGone(member!);
  });
});

withRedis("startRedis", () => {
  it("keeps its data after a kill with appendonly, loses it with flush, and leaves nothing", async () => {
    const server = await startRedis({ appendonly: true });
    const redis = new Redis(server.url);
    try {
      await redis.set("alice", "hello");
      await server.kill("SIGKILL");
      await server.restart();
      expect(await redis.get("alice")).toBe("hello");
      await server.restart({ flush: true });
      expect(await redis.get("alice")).toBeNull();
    } finally {
      redis.disconnect();
      await server.stop();
    }
    expectGone(server);
  });
});

withRedis("startRedisCluster", () => {
  it("spreads keys over its masters, recovers after a kill, and leaves nothing", async () => {
    const cluster = await startRedisCluster({ masters: 3 });
    expect(cluster.url).toMatch(/^redis\+cluster:\/\/(127\.0\.0\.1:\d+,?){3}$/);
    const client = new Cluster(
      cluster.nodes.map(({ port }) => ({ host: "127.0.0.1", port })),
      // Otherwise a refused connection keeps the process alive for 2 s.
      { redisOptions: { disconnectTimeout: 0 } },
    );
    try {
      const names = Array.from({ length: 60 }, (_, index) => `name-${index}`);
      await Promise.all(names.map((name) => client.set(name, name)));
      expect(await Promise.all(names.map((name) => client.get(name)))).toEqual(names);
      const counts = await Promise.all(client.nodes("master").map((node) => node.dbsize()));
      expect(counts.filter((count) => count > 0)).toHaveLength(3);
      expect(counts.reduce((sum, count) => sum + count)).toBe(60);
      await cluster.nodes[0]!.kill("SIGKILL");
      await cluster.nodes[0]!.restart();
      await eventually(() => Promise.all(names.map((name) => client.set(name, name))));
    } finally {
      client.disconnect();
      await cluster.stop();
    }
    cluster.nodes.forEach(expectGone);
  });
});

withNats("startNats", () => {
  it("keeps streams and address after a kill, and leaves nothing", async () => {
    const server = await startNats();
    try {
      const before = await connect({ servers: server.url, reconnect: false });
      await (await before.jetstreamManager()).streams.add({ name: "TWEETS", subjects: ["tweet.*"] });
      await before.jetstream().publish("tweet.created", "1");
      await server.kill("SIGKILL");
      await before.closed();
      expect(existsSync(server.storeDir)).toBe(true);
      await server.restart();
      const after = await connect({ servers: server.url, reconnect: false });
      const message = await (await after.jetstreamManager()).streams.getMessage("TWEETS", { seq: 1 });
      expect(message.string()).toBe("1");
      await after.close();
    } finally {
      await server.stop();
    }
    expectGone(server);
  });
});
