import { post } from "./embedded/post.ts";
import { feed, tweet } from "./embedded/read.ts";
import { rebuild } from "./embedded/rebuild.ts";
import { start } from "./embedded/start.ts";
import { liveBroadcast } from "./live/broadcast.ts";
import { liveLatency } from "./live/latency.ts";
import { socketMemory } from "./live/memory.ts";
import { fanOut } from "./networked/fan-out.ts";
import { timelineMemory } from "./networked/memory.ts";
import { clusterPost, networkedPost } from "./networked/post.ts";
import { farFeed, nearFeed } from "./networked/read.ts";
import type { Path } from "./path.ts";

/** All paths, by the names of `--only`. */
export const PATHS: Readonly<Record<string, Path>> = {
  feed,
  tweet,
  post,
  start,
  rebuild,
  "networked-feed": nearFeed,
  "networked-feed-far": farFeed,
  "networked-post": networkedPost,
  "cluster-post": clusterPost,
  "fan-out": fanOut,
  "timeline-memory": timelineMemory,
  "live-latency": liveLatency,
  "live-broadcast": liveBroadcast,
  "socket-memory": socketMemory,
};
