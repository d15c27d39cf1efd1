import { z } from "zod";
import { endpoint } from "../endpoint.ts";
import { type HealthParts, liveness, readiness } from "../../gateway/health.ts";

const Health = z.object({
  status: z.enum(["ok", "unavailable"]),
  missing: z.array(z.string()).optional().describe("The parts without which the node takes no requests"),
  warnings: z
    .array(z.string())
    .optional()
    .describe("What an operator should act on, such as a disk that is nearly full"),
});

/** Health checks, for load balancers and Kubernetes. */
export function healthEndpoints(parts: HealthParts) {
  return [
    endpoint({
      name: "getLiveness",
      method: "GET",
      path: "/health/live",
      summary: "Whether this process is alive",
      tag: "Health",
      auth: "none",
      limit: "none",
      replies: { 200: { description: "The process is alive", schema: Health, example: { status: "ok" } } },
      handle: () => Promise.resolve(liveness()),
    }),

    endpoint({
      name: "getReadiness",
      method: "GET",
      path: "/health/ready",
      summary: "Whether this node can take requests",
      tag: "Health",
      auth: "none",
      limit: "none",
      replies: {
        200: {
          description: "This node is ready; `warnings` tells what to act on, if anything",
          schema: Health,
          example: { status: "ok" },
        },
        503: {
          description: "This node is not ready; `missing` names the missing parts",
          schema: Health,
          example: { status: "unavailable", missing: ["MongoDB"] },
        },
      },
      handle: () => readiness(parts),
    }),
  ];
}
