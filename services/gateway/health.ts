import type { RequestListener } from "node:http";
import type { Node } from "../../seams/node.ts";
import type { Reply } from "./reply.ts";
import { problem, problemOf } from "./problems.ts";
import { pathOf } from "./request.ts";
import { RETRY_AFTER_SECONDS, send, sendProblem } from "./send.ts";

/** One action of each service that a gateway needs. The gateway is ready when all of them can be called. */
const NEEDED = ["users.authenticate", "graph.following", "tweets.create", "timeline.home", "notifier.list"];

/** A part of the broker's registry that its types leave out. */
interface Registry {
  actions: { isAvailable(name: string): boolean };
}

/** The parts of a node that its health depends on. */
export type HealthParts = Pick<Node, "broker" | "config" | "draining" | "missing" | "warnings">;

/** Whether this process is alive. An answer is proof enough. */
export function liveness(): Reply {
  return { status: 200, body: { status: "ok" } };
}

/**
 * Whether this node can take work, else the missing parts. A node that warns still takes work: without it, a site on a
 * single node would be down. A node without the gateway needs only its own stores.
 */
export async function readiness(node: HealthParts): Promise<Reply> {
  const missing = [...(node.draining ? ["this node is shutting down"] : []), ...servicesMissing(node)];
  missing.push(...(await node.missing()));
  if (missing.length === 0) {
    const warnings = await node.warnings();
    return { status: 200, body: { status: "ok", ...(warnings.length > 0 && { warnings }) } };
  }
  return { status: 503, body: { status: "unavailable", missing }, headers: { "Retry-After": RETRY_AFTER_SECONDS } };
}

function servicesMissing({ broker, config }: HealthParts): string[] {
  if (!config.services.includes("api")) return [];
  const { actions } = broker.registry as unknown as Registry;
  return NEEDED.filter((name) => !actions.isAvailable(name)).map((name) => `service ${name.split(".")[0]}`);
}

/** Answers health checks on a node without the gateway. Such a node answers nothing else over HTTP. */
export function healthListener(node: HealthParts): RequestListener {
  const answers: Readonly<Record<string, () => Reply | Promise<Reply>>> = {
    "/health/live": liveness,
    "/health/ready": () => readiness(node),
  };
  return (req, res) => {
    const answer = answers[pathOf(req.url!)];
    if (!answer || (req.method !== "GET" && req.method !== "HEAD")) {
      sendProblem(res, problem(404, "NOT_FOUND", "This node answers only /health/live and /health/ready"));
      return;
    }
    Promise.resolve(answer()).then(
      (reply) => send(res, reply),
      (error: unknown) => {
        node.broker.logger.error(`${req.url} failed:`, error);
        sendProblem(res, problemOf(error));
      },
    );
  };
}
