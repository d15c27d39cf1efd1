// `npm run repl`: see `USAGE`.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { hostname } from "node:os";
import { join } from "node:path";
import { ServiceBroker } from "moleculer";
import { loadConfig } from "../../config/config.ts";
import { ConfigError } from "../../lib/errors.ts";
import { brokerOptions } from "../../moleculer.config.ts";
import { parseOptions, reportError } from "../../lib/command.ts";

const SERVER = join(import.meta.dirname, "../../server.ts");

const USAGE = `Opens Moleculer's console with all actions in reach.

  npm run repl

  --help   prints this text

With NATS_URL in the environment (or in .env), the console joins that cluster as a node without services. Otherwise it
starts an embedded node, which takes the data folder: stop a running npm start first, or set DATA_DIR to another folder.

Try: services · actions · call users.byUsername --username alice · call tweets.byAuthors --help · exit`;

/** Joins a cluster with a node that has no services, so that it gets no jobs and no requests. */
async function joinCluster(): Promise<void> {
  const config = loadConfig(process.env);
  const broker = new ServiceBroker(await brokerOptions({ ...config, nodeId: `${hostname()}-repl-${process.pid}` }));
  await broker.start();
  broker.repl();
}

/** Starts an embedded node in this terminal. */
async function startEmbedded(): Promise<void> {
  const server = spawn(process.execPath, [SERVER, "--repl"], { stdio: "inherit" });
  // The terminal sends Ctrl-C to both; the server decides when to end.
  process.on("SIGINT", () => undefined);
  const [code] = (await once(server, "exit")) as [number | null];
  process.exitCode = code ?? 1;
}

try {
  const { values } = parseOptions(process.argv.slice(2), { help: { type: "boolean", default: false } });
  if (values.help) console.log(USAGE);
  else if (process.env["NATS_URL"]) await joinCluster();
  else await startEmbedded();
} catch (error) {
  reportError(error, "repl", [ConfigError]);
  process.exitCode = 2;
}
