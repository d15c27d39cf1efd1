import type { ServiceName } from "../config/environment.ts";
import type { ServiceFactory } from "../seams/node.ts";
import api from "./api/api.service.ts";
import graph from "./graph/graph.service.ts";
import live from "./live/live.service.ts";
import media from "./media/media.service.ts";
import notifier from "./notifier/notifier.service.ts";
import timeline from "./timeline/timeline.service.ts";
import tweets from "./tweets/tweets.service.ts";
import users from "./users/users.service.ts";

/** Every service, by its name in the setting `SERVICES`. */
export const SERVICES: Record<ServiceName, ServiceFactory> = {
  users,
  graph,
  tweets,
  timeline,
  notifier,
  media,
  api,
  live,
};
