import { hostname } from "node:os";
import type { BrokerOptions } from "moleculer";
import type { Config } from "./config/config.ts";
import { natsMiddleware, NatsTransporter } from "./broker/nats-transporter.ts";
import { retryMiddleware } from "./broker/retry.ts";
import { isTransient } from "./lib/errors.ts";
import { isRepeatable } from "./contract/actions.ts";

/** What the broker of a node is like: how it talks, logs and measures. */
export function brokerOptions(config: Config): BrokerOptions {
  const nodeID = config.nodeId ?? `${hostname()}-${process.pid}`;
  return {
    namespace: "starling",
    nodeID,
    ...(config.natsUrl && { transporter: new NatsTransporter(config.natsUrl, nodeID) }),
    // In seconds. A node that died is passed over by the retries at once; this is until it is forgotten.
    heartbeatInterval: 3,
    heartbeatTimeout: 10,
    logger: { type: "Console", options: { level: config.logLevel, colors: process.stdout.isTTY } },
    // Gateways validate what comes from outside, by the same schemas that describe the API.
    validator: false,
    // Longer than a write may take; see the stores' own deadlines.
    requestTimeout: 10_000,
    maxCallLevel: 20,
    // A middleware may be a function of the broker, which the type leaves out.
    middlewares: [retryMiddleware(isRepeatable), ...(config.natsUrl ? [natsMiddleware] : [])] as never,
    // A node that does not answer is passed over: after 5 calls of which half failed, for 2 s at a time. One that
    // answers "my store is down" does answer, so it stays.
    circuitBreaker: {
      enabled: true,
      threshold: 0.5,
      minRequestCount: 5,
      windowTime: 10,
      halfOpenTime: 2000,
      check: (error) => isTransient(error) && (error as { type?: string }).type !== "UNAVAILABLE",
    },
    // Signals are server.ts's: it stops accepting before anything closes.
    skipProcessEventRegistration: true,
    metrics: config.metrics,
  };
}
