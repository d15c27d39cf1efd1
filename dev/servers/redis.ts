import { rm, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { Redis } from "ioredis";
import { findServer } from "./find.ts";
import { temporaryFolder } from "./guard.ts";
import { onFreePort } from "./ports.ts";
import { launch, type RunningServer } from "./process.ts";

/** For one answer; who waits for a server asks again. */
const ANSWER_MS = 2000;

export interface RedisServer extends RunningServer {
  readonly url: string;
  /** @param options with `flush`, it comes back empty, as after the loss of its disk */
  restart(options?: { flush?: boolean }): Promise<void>;
}

/**
 * Starts a Redis (or Valkey).
 *
 * @param options with `appendonly`, a restart brings back what was written; `replicaOf` is the port of its master
 * @throws ServerMissingError, ServerStartError
 */
export function startRedis(options: { appendonly?: boolean; replicaOf?: number } = {}): Promise<RedisServer> {
  const { appendonly, replicaOf } = options;
  const settings = ["--appendonly", appendonly ? "yes" : "no"];
  if (replicaOf !== undefined) settings.push("--replicaof", "127.0.0.1", `${replicaOf}`);
  return onFreePort((port) => launchRedis(port, settings));
}

/** Starts a Redis on a port, with settings of its own. */
export async function launchRedis(port: number, settings: readonly string[]): Promise<RedisServer> {
  const program = await findServer("redis-server");
  const folder = await temporaryFolder("starling-redis-");
  const data = join(folder.path, "data");
  await mkdir(data);
  const server = await launch({
    program,
    args: ["--port", `${port}`, "--bind", "127.0.0.1", "--dir", data, "--save", "", ...settings],
    port,
    folder,
    answers: async (pid) => {
      const info = await askRedis(port, (redis) => redis.info("server"));
      return new RegExp(`^process_id:${pid}\r?$`, "m").test(info);
    },
  });
  const restart = server.restart.bind(server);
  return Object.assign(server, {
    url: `redis://127.0.0.1:${port}`,
    async restart({ flush = false }: { flush?: boolean } = {}) {
      if (flush) {
        await server.kill("SIGKILL");
        await rm(data, { recursive: true });
        await mkdir(data);
      }
      await restart();
    },
  });
}

/** Asks a server over a connection of its own, without retries. */
export async function askRedis<T>(port: number, ask: (redis: Redis) => Promise<T>): Promise<T> {
  const redis = new Redis({
    host: "127.0.0.1",
    port,
    lazyConnect: true,
    retryStrategy: null,
    maxRetriesPerRequest: 0,
    // After a refused connection, ioredis holds up the end of the process for so long.
    disconnectTimeout: 0,
  });
  // Failures come out of the calls as well.
  redis.on("error", () => undefined);
  // ioredis's own deadline for commands leaves timers behind that hold up the end of the process.
  const giveUp = setTimeout(() => redis.disconnect(), ANSWER_MS);
  try {
    await redis.connect();
    return await ask(redis);
  } finally {
    clearTimeout(giveUp);
    redis.disconnect();
  }
}
