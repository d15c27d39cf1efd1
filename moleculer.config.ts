import { hostname } from "node:os";
import type { BrokerOptions } from "moleculer";
import type { Config } from "./config/config.ts";

/** What the broker of a node is like: how it talks, logs and measures. */
export function brokerOptions(config: Config): BrokerOptions {
  return {
    namespace: "starling",
    nodeID: config.nodeId ?? `${hostname()}-${process.pid}`,
    logger: { type: "Console", options: { level: config.logLevel, colors: process.stdout.isTTY } },
    // Gateways validate what comes from outside, by the same schemas that describe the API.
    validator: false,
    // Longer than a write may take; see the stores' own deadlines.
    requestTimeout: 10_000,
    maxCallLevel: 20,
    // Signals are server.ts's: it stops accepting before anything closes.
    skipProcessEventRegistration: true,
    metrics: config.metrics,
  };
}
