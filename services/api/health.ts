import type { Node } from "../node.ts";
import type { Reply } from "./endpoint.ts";

/** One action of each service that the gateway can't do without: a node is ready when all can be called. */
const NEEDED = ["users.authenticate", "graph.following", "tweets.create", "timeline.home", "notifier.list"];

/** What the registry of the broker tells, which its types don't. */
interface Registry {
  actions: { isAvailable(name: string): boolean };
}

/** Whether this process lives: it answers, so it does. */
export function liveness(): Reply {
  return { status: 200, body: { status: "ok" } };
}

/** Whether requests can be sent here; if not, what is missing. */
export async function readiness(node: Node): Promise<Reply> {
  const { actions } = node.broker.registry as unknown as Registry;
  const services = NEEDED.filter((name) => !actions.isAvailable(name)).map((name) => `service ${name.split(".")[0]}`);
  const missing = [...services, ...(await node.missing())];
  if (missing.length === 0) return { status: 200, body: { status: "ok" } };
  return { status: 503, body: { status: "unavailable", missing }, headers: { "Retry-After": "2" } };
}
