import { rm, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { Redis } from "ioredis";
import { credentialsIn, type Login } from "./access.ts";
import { findServer } from "./find.ts";
import { temporaryFolder } from "./guard.ts";
import { onFreePort } from "./ports.ts";
import { launch, type RunningServer } from "./process.ts";

/** Time limit of one request. Callers that wait for a server repeat the request. */
const ANSWER_TIMEOUT_MS = 2000;

export interface RedisServer extends RunningServer {
  readonly url: string;
  /** @param options with `flush`, it restarts empty, as after the loss of its disk */
  restart(options?: { flush?: boolean }): Promise<void>;
}

interface RedisOptions {
  /** Whether its data survives a restart. */
  readonly appendonly?: boolean;
  /** The port of its master. */
  readonly replicaOf?: number;
  /** The only user; without one, anybody may do anything. */
  readonly login?: Login | undefined;
}

/**
 * Starts a Redis (or Valkey).
 *
 * @throws ServerMissingError, ServerStartError
 */
export function startRedis({ appendonly, replicaOf, login }: RedisOptions = {}): Promise<RedisServer> {
  const settings = ["--appendonly", appendonly ? "yes" : "no"];
  if (replicaOf !== undefined) settings.push("--replicaof", "127.0.0.1", `${replicaOf}`);
  return onFreePort((port) => launchRedis(port, settings, login));
}

/** What a user of Redis must be allowed for Starling; docs/operations.md gives operators the same rules. */
export const RULES = ["~*", "&*", "+@all", "-@admin", "-@dangerous", "+info", "+cluster|slots"];

/** Starts a Redis on a port. @param settings further arguments for it */
export async function launchRedis(port: number, settings: readonly string[], login?: Login): Promise<RedisServer> {
  const users = login ? ["--user", "default", "off", "--user", login.user, "on", `>${login.password}`, ...RULES] : [];
  const program = await findServer("redis-server");
  const folder = await temporaryFolder("starling-redis-");
  const data = join(folder.path, "data");
  await mkdir(data);
  const server = await launch({
    program,
    args: ["--port", `${port}`, "--bind", "127.0.0.1", "--dir", data, "--save", "", ...settings, ...users],
    port,
    folder,
    answers: async (pid) => {
      const info = await askRedis(port, (redis) => redis.info("server"), login);
      return new RegExp(`^process_id:${pid}\r?$`, "m").test(info);
    },
  });
  const restart = server.restart.bind(server);
  return Object.assign(server, {
    url: `redis://${credentialsIn(login)}127.0.0.1:${port}`,
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

/** Makes one request over a new connection, without retries. */
export async function askRedis<T>(port: number, ask: (redis: Redis) => Promise<T>, login?: Login): Promise<T> {
  const redis = new Redis({
    host: "127.0.0.1",
    port,
    ...(login && { username: login.user, password: login.password }),
    lazyConnect: true,
    retryStrategy: null,
    maxRetriesPerRequest: 0,
    // ioredis keeps the process alive for this long after a refused connection.
    disconnectTimeout: 0,
  });
  // Each failure also rejects the call.
  redis.on("error", () => undefined);
  // ioredis's own command timeout leaves timers behind that keep the process alive.
  const giveUp = setTimeout(() => redis.disconnect(), ANSWER_TIMEOUT_MS);
  try {
    await redis.connect();
    return await ask(redis);
  } finally {
    clearTimeout(giveUp);
    redis.disconnect();
  }
}
