import type { IncomingMessage } from "node:http";
import type { Reply } from "../endpoint.ts";
import { pageReply } from "../respond.ts";
import { SHARE_CSP } from "../../pages/csp.ts";
import type { ClientFile, WebClient } from "./client.ts";

/** Where the client has a screen and the API has nothing. */
export const CLIENT_PATHS = ["/", "/login", "/signup", "/settings"] as const;

/** @returns the page that becomes whatever screen its address names */
export function shellReply(client: WebClient): Reply {
  return pageReply(200, client.shell, { Vary: "Accept" });
}

/** @returns a file of the client, compressed where the browser takes that */
export function fileReply(req: IncomingMessage, { body, gzipped, contentType, cacheControl }: ClientFile): Reply {
  const compress = gzipped !== null && /\bgzip\b/.test(String(req.headers["accept-encoding"] ?? ""));
  return {
    status: 200,
    body: compress ? gzipped : body,
    headers: {
      "Content-Type": contentType,
      "Cache-Control": cacheControl,
      // A service worker's own policy is what its own file says: it fetches from here alone.
      "Content-Security-Policy": SHARE_CSP,
      ...(gzipped && { Vary: "Accept-Encoding" }),
      ...(compress && { "Content-Encoding": "gzip" }),
    },
  };
}
