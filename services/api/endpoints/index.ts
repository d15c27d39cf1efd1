import type { Node } from "../../../seams/node.ts";
import type { Endpoint } from "../endpoint.ts";
import { accountEndpoints } from "./accounts.ts";
import { followEndpoints } from "./follows.ts";
import { healthEndpoints } from "./health.ts";
import { mediaEndpoints } from "./media.ts";
import { notificationEndpoints } from "./notifications.ts";
import { oembedEndpoints } from "./oembed.ts";
import { pushEndpoints } from "./push.ts";
import { tweetEndpoints } from "./tweets.ts";
import { userEndpoints } from "./users.ts";

/** All endpoints of the REST API. */
export function allEndpoints(node: Node): Endpoint[] {
  return [
    ...accountEndpoints(node),
    ...tweetEndpoints(),
    ...userEndpoints(),
    ...followEndpoints(),
    ...mediaEndpoints(node),
    ...oembedEndpoints(node),
    ...notificationEndpoints(),
    ...pushEndpoints(),
    ...healthEndpoints(node),
  ];
}
