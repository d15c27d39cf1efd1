import type { RequestListener } from "node:http";
import type { Node } from "../../seams/node.ts";
import type { Reply } from "./reply.ts";
import { problem, problemOf } from "./problems.ts";
import { send, sendProblem } from "./send.ts";

/** One action of each service that a gateway can't do without: it is ready when all can be called. */
const NEEDED = ["users.authenticate", "graph.following", "tweets.create", "timeline.home", "notifier.list"];

/** What the registry of the broker tells, which its types don't. */
interface Registry {
  actions: { isAvailable(name: string): boolean };
}

/** Whether this process lives: it answers, so it does. */
export function liveness(): Reply {
  return { status: 200, body: { status: "ok" } };
}

/** Whether work can be sent here; if not, what is missing. A node without the gateway needs its own stores alone. */
export async function readiness(node: Node): Promise<Reply> {
  const missing = [...(node.draining ? ["this node is shutting down"] : []), ...servicesMissing(node)];
  missing.push(...(await node.missing()));
  if (missing.length === 0) return { status: 200, body: { status: "ok" } };
  return { status: 503, body: { status: "unavailable", missing }, headers: { "Retry-After": "2" } };
}

function servicesMissing(node: Node): string[] {
  if (!node.config.services.includes("api")) return [];
  const { actions } = node.broker.registry as unknown as Registry;
  return NEEDED.filter((name) => !actions.isAvailable(name)).map((name) => `service ${name.split(".")[0]}`);
}

/** All that a node without the gateway answers over HTTP: how it is, for whoever watches over it. */
export function healthListener(node: Node): RequestListener {
  const answers: Readonly<Record<string, () => Reply | Promise<Reply>>> = {
    "/health/live": liveness,
    "/health/ready": () => readiness(node),
  };
  return (req, res) => {
    const answer = answers[req.url?.split("?")[0] ?? ""];
    if (!answer || (req.method !== "GET" && req.method !== "HEAD")) {
      sendProblem(res, problem(404, "NOT_FOUND", "This node answers to /health/live and /health/ready alone"));
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
