import type { Reply } from "../../gateway/reply.ts";
import { pageReply } from "../../pages/replies.ts";
import type { WebClient } from "./client.ts";

/** The paths of screens at which the API has no endpoint. */
export const CLIENT_PATHS = ["/", "/login", "/signup", "/settings", "/notifications/mentions"] as const;

/** The reply with the page that loads the client. */
export function shellReply(client: WebClient): Reply {
  return pageReply(200, client.shell, { Vary: "Accept" });
}
