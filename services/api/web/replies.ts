import type { IncomingMessage } from "node:http";
import type { Reply } from "../../gateway/reply.ts";
import { SHARE_CSP } from "../../pages/csp.ts";
import { pageReply } from "../../pages/replies.ts";
import type { ClientFile, WebClient } from "./client.ts";

/** The addresses of the client's screens where the API has nothing. */
export const CLIENT_PATHS = ["/", "/login", "/signup", "/settings"] as const;

/** The page that becomes the screen of its address. */
export function shellReply(client: WebClient): Reply {
  return pageReply(200, client.shell, { Vary: "Accept" });
}

/** A file of the client, compressed for browsers that accept gzip. */
export function fileReply(req: IncomingMessage, { body, gzipped, contentType, cacheControl }: ClientFile): Reply {
  const compress = gzipped !== null && /\bgzip\b/.test(String(req.headers["accept-encoding"] ?? ""));
  return {
    status: 200,
    body: compress ? gzipped : body,
    headers: {
      "Content-Type": contentType,
      "Cache-Control": cacheControl,
      // The policy of a service worker is the one that its own file is served with: it fetches from this origin alone.
      "Content-Security-Policy": SHARE_CSP,
      ...(gzipped && { Vary: "Accept-Encoding" }),
      ...(compress && { "Content-Encoding": "gzip" }),
    },
  };
}
