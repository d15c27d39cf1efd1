import type { AddressInfo } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { ServiceBroker } from "moleculer";
import { type Config, loadConfig } from "./config/config.ts";
import { createNode, loadDrivers } from "./create-node.ts";
import { ConfigError } from "./lib/errors.ts";
import { createServer } from "./lib/http.ts";
import { finishQueued } from "./lib/now-or-soon.ts";
import { brokerOptions } from "./moleculer.config.ts";
import { DataFolderError, takeDataFolder } from "./seams/collections/data-folder.ts";
import { PRIVATE_UMASK } from "./seams/files/private.ts";
import type { Node } from "./seams/node.ts";
import { listen } from "./services/gateway/listen.ts";
import { SERVICES } from "./services/index.ts";
import { ensureWebBuilt } from "./web/build.ts";

/** A shutdown waits this long for requests in flight. */
const DRAIN_LIMIT_MS = 10_000;
/** And this long for work that failed before, such as dropping outdated entries from a cache. */
const FINISH_LIMIT_MS = 5000;

/** Starts a node. Reports settings and a data folder that can't be used in one line, with exit code 2. */
export async function runNode(): Promise<void> {
  let config: Config;
  let node: Node;
  try {
    config = await withPort(loadConfig(process.env));
    // Before the umask is set, because other users may run the same build.
    if (config.services.includes("api")) await ensureWebBuilt((line) => process.stdout.write(`${line}\n`));
    process.umask(PRIVATE_UMASK);
    if (config.mongoUrl === undefined) await takeDataFolder(config.dataDir);
    node = createNode(config, new ServiceBroker(await brokerOptions(config)), await loadDrivers(config));
  } catch (error) {
    if (!(error instanceof ConfigError || error instanceof DataFolderError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 2;
    return;
  }
  handleSignals(node);
  await node.channel.open();
  for (const name of config.services) node.broker.createService(SERVICES[name](node.broker));
  await node.broker.start();
  await listen(node.http, config);
  announce(config);
  if (process.argv.includes("--repl")) node.broker.repl();
}

/** With PORT=0, chooses a free port before anything starts, because links contain the port. */
async function withPort(config: Config): Promise<Config> {
  if (config.port !== 0) return config;
  const probe = createServer();
  await listen(probe, config);
  const { port } = probe.address() as AddressInfo;
  probe.close();
  const publicUrl = process.env["PUBLIC_URL"] ? config.publicUrl : `http://localhost:${port}`;
  return { ...config, port, publicUrl };
}

function announce(config: Config): void {
  const lines = [
    `  services  ${config.services.join(", ")}`,
    `  store     ${config.mongoUrl ? "MongoDB" : `embedded, in ${config.dataDir}`}`,
    `  lists     ${config.redisUrl ? "Redis" : "in memory"}`,
    `  messages  ${config.natsUrl ? "NATS" : "in process"}`,
  ];
  const mode = config.natsUrl || config.mongoUrl || config.redisUrl ? "cluster" : "embedded";
  const where = config.services.includes("api")
    ? ` at ${config.publicUrl}`
    : `; port ${config.port} serves its health, at /health/ready`;
  process.stdout.write(`Starling runs in ${mode} mode.\n${lines.join("\n")}\nStarling is ready${where}\n`);
}

/** The first SIGTERM or SIGINT shuts the node down cleanly; a second one ends the process at once. */
function handleSignals(node: Node): void {
  let stopping = false;
  const stop = (signal: NodeJS.Signals) => {
    if (stopping) {
      process.stderr.write("Ended at once.\n");
      process.exit(130);
    }
    stopping = true;
    process.stdout.write(`${signal}: finishing requests and jobs in flight. Once more ends at once.\n`);
    shutDown(node).then(
      () => process.exit(0),
      (error: unknown) => {
        process.stderr.write(`The shutdown failed: ${String(error)}\n`);
        process.exit(1);
      },
    );
  };
  process.on("SIGTERM", stop);
  process.on("SIGINT", stop);
}

/**
 * Reports the node as draining, gives load balancers the time to notice, sends live clients elsewhere, stops accepting
 * connections, finishes the requests and jobs in flight, and what had to be tried again, then closes the stores.
 */
async function shutDown(node: Node): Promise<void> {
  const { http, broker, channel, config } = node;
  node.draining = true;
  if (http.listening) {
    // Tell proxies that keep connections open for later requests not to reuse these.
    http.prependListener("request", (_req, res) => res.setHeader("Connection", "close"));
    await pause(config.drainDelaySeconds * 1000);
    // Clients with a socket connect to another node, or to this one when it is up again.
    await broker.broadcastLocal("node.draining");
    const closed = new Promise<void>((resolve) => http.close(() => resolve()));
    // A connection is kept alive after its request in flight, so look for idle connections repeatedly.
    const closing = setInterval(() => http.closeIdleConnections(), 50);
    await Promise.race([closed, pause(DRAIN_LIMIT_MS, undefined, { ref: false })]);
    clearInterval(closing);
  }
  await channel.close();
  await finishQueued(FINISH_LIMIT_MS);
  await broker.stop();
  await node.close();
}
