import { afterAll, beforeAll, describe, jest } from "@jest/globals";
import type { Redis } from "ioredis";
import { startRedis, startRedisCluster } from "../../dev/servers/index.ts";
import { RedisConnection } from "../../seams/redis/connection.ts";
import { eventually } from "./eventually.ts";
import { describeWith } from "./servers.ts";

/** What lru-cache tells the time by: jest's fake timers don't change it, but put another one in its place. */
const stopwatch = performance;

/** What an implementation of a seam stands on in a contract test. */
export interface Backend {
  /** A connection of its own each time, as each node has one; null where everything stays in memory. */
  connect: () => Promise<RedisConnection | null>;
  /** Lets time pass for everything that is kept. */
  passTime: (seconds: number) => Promise<void>;
}

/** Says nothing of what goes wrong: tests see to it that things do. */
export const QUIET = { debug: () => undefined, info: () => undefined, warn: () => undefined };

/** @returns a connection that is ready */
export async function connectRedis(url: string): Promise<RedisConnection> {
  const redis = new RedisConnection(url, QUIET);
  await eventually(() => redis.getMany(["any"]));
  return redis;
}

/** The servers behind a connection: one, or each master of a cluster. */
export function mastersOf({ client }: RedisConnection): Redis[] {
  return "nodes" in client ? client.nodes("master") : [client];
}

/**
 * Runs the same tests in memory, on one Redis and on a Redis Cluster of three masters.
 *
 * @param define defines the tests of a seam
 */
export async function describeBackends(define: (backend: Backend) => void): Promise<void> {
  describe("in memory", () => define(useMemoryBackend()));
  const describeRedis = await describeWith("redis-server");
  describeRedis("on one Redis", () => define(useRedisBackend(startRedis)));
  describeRedis("on a Redis Cluster", () => define(useRedisBackend(startRedisCluster)));
}

function useMemoryBackend(): Backend {
  let passed = 0;
  beforeAll(() => {
    jest.useFakeTimers();
    const now = stopwatch.now.bind(stopwatch);
    jest.spyOn(stopwatch, "now").mockImplementation(() => now() + passed);
  });
  afterAll(() => {
    jest.restoreAllMocks();
    jest.useRealTimers();
  });
  return {
    connect: () => Promise.resolve(null),
    async passTime(seconds) {
      passed += seconds * 1000;
      await jest.advanceTimersByTimeAsync(seconds * 1000);
    },
  };
}

function useRedisBackend(start: () => Promise<{ url: string; stop(): Promise<void> }>): Backend {
  let server: Awaited<ReturnType<typeof start>> | undefined;
  const connections: RedisConnection[] = [];
  const connect = async () => {
    const redis = await connectRedis(server!.url);
    connections.push(redis);
    return redis;
  };
  beforeAll(async () => {
    server = await start();
  }, 300_000);
  afterAll(async () => {
    for (const redis of connections) await redis.close();
    await server?.stop();
  });
  return {
    connect,
    // All that ends with time in Redis ends by a time to live.
    async passTime(seconds) {
      for (const redis of mastersOf(connections[0] ?? (await connect()))) {
        for (const key of await redis.keys("*")) {
          const left = await redis.pttl(key);
          if (left >= 0) await redis.pexpire(key, left - seconds * 1000);
        }
      }
    },
  };
}
