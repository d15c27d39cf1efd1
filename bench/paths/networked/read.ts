import { SERVER_NAMES } from "../../../dev/servers/index.ts";
import { httpRows } from "../http-side.ts";
import type { Path } from "../path.ts";
import { BESIDE_READS, openReads, PAGE } from "../reads.ts";
import { startNetworked } from "./system.ts";

function networkedFeed(where: string, isTimelineElsewhere: boolean, goal: number): Path {
  return {
    about: `GET /feed?limit=20 on MongoDB, Redis and NATS, ${where}, 16 at a time`,
    beside: BESIDE_READS,
    needs: SERVER_NAMES,
    rows: httpRows(goal),
    async open(stage) {
      return openReads(stage, await startNetworked(stage, { isTimelineElsewhere }), () => `/feed?limit=${PAGE}`, PAGE);
    },
  };
}

export const nearFeed = networkedFeed("all services in one node", false, 0.25);
export const farFeed = networkedFeed("timeline on another node", true, 0.15);
