import { hostname } from "node:os";
import type { BrokerOptions, Middleware, ServiceBroker } from "moleculer";
import { createLogFormat } from "./broker/log-format.ts";
import { retryMiddleware } from "./broker/retry.ts";
import { type Config, loadConfig } from "./config/config.ts";
import { isRepeatable } from "./contract/call.ts";
import { createNode, type Drivers, loadDrivers } from "./create-node.ts";
import { isTransient } from "./lib/errors.ts";
import { takeDataFolder } from "./seams/collections/data-folder.ts";
import { PRIVATE_UMASK } from "./seams/files/private.ts";
import type { Node } from "./seams/node.ts";
import { listen } from "./services/gateway/listen.ts";

/**
 * The options of a node's broker: its transport, retries, log, metrics and traces.
 *
 * @throws ConfigError when one of the files for NATS can't be used
 */
export async function brokerOptions(config: Config): Promise<BrokerOptions> {
  const nodeID = config.nodeId ?? `${hostname()}-${process.pid}`;
  const isTerminal = process.stdout.isTTY;
  const formatter = createLogFormat(isTerminal);
  return {
    namespace: "starling",
    nodeID,
    ...(await transportOptions(config, nodeID)),
    // In seconds. Retries pass over a dead node at once; without a heartbeat for 10 s, the node counts as gone.
    heartbeatInterval: 3,
    heartbeatTimeout: 10,
    logger: { type: "Console", options: { level: config.logLevel, colors: isTerminal, formatter } },
    // Gateways validate all input from outside, with the same schemas that describe the API.
    validator: false,
    // In milliseconds. Longer than a write may take; see the stores' own deadlines.
    requestTimeout: 10_000,
    maxCallLevel: 20,
    // After 5 calls to a node of which half failed, the node gets no calls for 2 s at a time. A node that reports "my
    // store is down" has not failed, because it does answer.
    circuitBreaker: {
      enabled: true,
      threshold: 0.5,
      minRequestCount: 5,
      windowTime: 10,
      halfOpenTime: 2000,
      check: (error) => isTransient(error) && (error as { type?: string }).type !== "UNAVAILABLE",
    },
    // server.ts handles signals: it stops accepting requests before anything closes.
    skipProcessEventRegistration: true,
    metrics: metricsOptions(config),
    tracing: tracingOptions(config),
  };
}

/** Loads the client of NATS only where it is used. A single node has no other node to retry on. */
async function transportOptions(
  { natsUrl, natsFiles, clusterSecrets }: Config,
  nodeID: string,
): Promise<BrokerOptions> {
  if (natsUrl === undefined) return { middlewares: [] };
  const { natsMiddleware, NatsTransporter } = await import("./broker/nats-transporter.ts");
  const { sealedPackets } = await import("./broker/sealed-packets.ts");
  const { broadcastOnce } = await import("./broker/broadcasts.ts");
  return {
    transporter: new NatsTransporter(natsUrl, nodeID, natsFiles),
    // A middleware may be a function of the broker; the type omits that.
    middlewares: [
      retryMiddleware(isRepeatable),
      natsMiddleware,
      sealedPackets(clusterSecrets),
      broadcastOnce(clusterSecrets),
    ] as never,
  };
}

function metricsOptions({ metricsPort, host }: Config): NonNullable<BrokerOptions["metrics"]> {
  if (metricsPort === null) return false;
  return { enabled: true, reporter: [{ type: "Prometheus", options: { host, port: metricsPort, path: "/metrics" } }] };
}

function tracingOptions({ tracing }: Config): NonNullable<BrokerOptions["tracing"]> {
  if (tracing === null) return false;
  if (tracing === "log") return { enabled: true, exporter: "Console" };
  return { enabled: true, exporter: { type: "Zipkin", options: { baseURL: tracing } } };
}

/**
 * The options for `moleculer-runner`, which makes the broker and loads the services itself, as in
 * `npx moleculer-runner --repl services/**\/*.service.ts`. In production, server.ts starts a node.
 *
 * @throws ConfigError
 */
export default async function runnerOptions(): Promise<BrokerOptions> {
  const config = loadConfig(process.env);
  // The runner overwrites options with variables of the same names, so the metrics would lose their reporter and the
  // traces their exporter.
  delete process.env["METRICS"];
  delete process.env["TRACING"];
  const drivers = await loadDrivers(config);
  const options = await brokerOptions(config);
  return { ...options, middlewares: [...options.middlewares!, nodeMiddleware(config, drivers)] };
}

/**
 * Makes the node before the runner loads services, opens it before they start, and closes it after they have stopped.
 */
function nodeMiddleware(config: Config, drivers: Drivers): Middleware {
  let node: Node;
  return {
    name: "Node",
    created(broker: ServiceBroker) {
      node = createNode(config, broker, drivers);
    },
    async starting() {
      process.umask(PRIVATE_UMASK);
      if (config.mongoUrl === undefined) await takeDataFolder(config.dataDir);
      await node.channel.open();
    },
    started: () => listen(node.http, config),
    async stopping() {
      node.http.close();
      await node.channel.close();
    },
    stopped: () => node.close(),
  };
}
