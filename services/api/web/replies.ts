import type { IncomingMessage } from "node:http";
import { chooseEncoding, staticReply } from "../../gateway/compressed.ts";
import type { Reply } from "../../gateway/reply.ts";
import { pageHeaders, SHARE_CSP } from "../../pages/csp.ts";
import { pageReply } from "../../pages/replies.ts";
import type { ClientFile, WebClient } from "./client.ts";

/** The paths of screens at which the API has no endpoint. */
export const CLIENT_PATHS = ["/", "/login", "/signup", "/settings", "/notifications/mentions"] as const;

/** The reply with the page that loads the client. */
export function shellReply(client: WebClient): Reply {
  return pageReply(200, client.shell, { Vary: "Accept" });
}

/** The reply with a file of the client, compressed if the browser accepts gzip. */
export function fileReply(req: IncomingMessage, { body, gzipped, contentType, cacheControl }: ClientFile): Reply {
  const headers = {
    "Content-Type": contentType,
    "Cache-Control": cacheControl,
    // A service worker obeys the policy that its own file was sent with. This policy restricts it to this origin.
    ...pageHeaders(SHARE_CSP),
  };
  return chooseEncoding(req, staticReply({ status: 200, body, headers }, gzipped));
}
