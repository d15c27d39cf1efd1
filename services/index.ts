import type { ServiceName } from "../config/environment.ts";
import apiService from "./api/api.service.ts";
import graphService from "./graph/graph.service.ts";
import liveService from "./live/live.service.ts";
import mediaService from "./media/media.service.ts";
import type { ServiceFactory } from "../seams/node.ts";
import notifierService from "./notifier/notifier.service.ts";
import timelineService from "./timeline/timeline.service.ts";
import tweetsService from "./tweets/tweets.service.ts";
import usersService from "./users/users.service.ts";

/** Every service, by the name that `SERVICES` knows it by. */
export const SERVICES: Record<ServiceName, ServiceFactory> = {
  users: usersService,
  graph: graphService,
  tweets: tweetsService,
  timeline: timelineService,
  notifier: notifierService,
  media: mediaService,
  api: apiService,
  live: liveService,
};
