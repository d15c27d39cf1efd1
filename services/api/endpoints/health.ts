import { z } from "zod";
import type { Node } from "../../../seams/node.ts";
import { endpoint } from "../endpoint.ts";
import { liveness, readiness } from "../../gateway/health.ts";

const Health = z.object({ status: z.enum(["ok", "unavailable"]), missing: z.array(z.string()).optional() });

/** For whoever runs the product: a load balancer, Kubernetes. */
export function healthEndpoints(node: Node) {
  return [
    endpoint({
      method: "GET",
      path: "/health/live",
      summary: "Whether this process lives",
      tag: "Health",
      auth: "none",
      limit: "none",
      replies: { 200: { description: "It does", schema: Health } },
      handle: () => Promise.resolve(liveness()),
    }),

    endpoint({
      method: "GET",
      path: "/health/ready",
      summary: "Whether requests can be sent here",
      tag: "Health",
      auth: "none",
      limit: "none",
      replies: {
        200: { description: "They can", schema: Health },
        503: { description: "Not now; `missing` says what is not there", schema: Health },
      },
      handle: () => readiness(node),
    }),
  ];
}
