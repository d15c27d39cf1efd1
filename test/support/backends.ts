import { afterAll, beforeAll, describe, jest } from "@jest/globals";
import type { Redis } from "ioredis";
import { startRedis, startRedisCluster } from "../../dev/servers/index.ts";
import { RedisConnection } from "../../seams/redis/connection.ts";
import { eventually } from "./eventually.ts";
import { describeWith } from "./servers.ts";

/** The clock that lru-cache holds: jest's fake timers replace the global `performance`, but leave this object as it is. */
const stopwatch = performance;

/** The backend of an implementation in a contract test. */
export interface Backend {
  /** Opens a new connection, like another node; null for the implementation in memory. */
  connect: () => Promise<RedisConnection | null>;
  /** Advances the time for everything that expires. */
  passTime: (seconds: number) => Promise<void>;
}

/** A log that drops all lines, because tests cause errors on purpose. */
export const QUIET = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

/** Connects to Redis. @returns the connection, once it is ready */
export async function connectRedis(url: string): Promise<RedisConnection> {
  const redis = new RedisConnection(url, QUIET);
  await eventually(() => redis.getMany(["any"]));
  return redis;
}

/** @returns the servers behind a connection: the only one, or all masters of a cluster */
export function mastersOf({ client }: RedisConnection): Redis[] {
  return "nodes" in client ? client.nodes("master") : [client];
}

/**
 * Runs the same tests in memory, on one Redis and on a Redis Cluster of three masters.
 *
 * @param define defines the tests
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
    // In Redis, everything expires by a time to live, so shortening these advances the time.
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
