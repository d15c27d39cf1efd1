import type { Problem } from "../../contract/shapes.ts";
import type { Reply } from "../gateway/reply.ts";
import { problemHeaders } from "../gateway/send.ts";
import { pageHeaders, SHARE_CSP } from "./csp.ts";
import { renderErrorPage, renderNotFoundPage } from "./pages.ts";
import type { Site } from "./site.ts";

/** The reply with a page. */
export function pageReply(status: number, body: string, headers: Record<string, string> = {}): Reply {
  return {
    status,
    body,
    headers: {
      "Content-Type": "text/html; charset=utf-8",
      ...pageHeaders(SHARE_CSP),
      "Cache-Control": "no-cache",
      ...headers,
    },
  };
}

/** The reply with a problem as a page, for browsers. */
export function problemPage(found: Problem, site: Site, headers: Record<string, string> = {}): Reply {
  const body = found.status === 404 ? renderNotFoundPage(site) : renderErrorPage(found, site);
  return pageReply(found.status, body, { ...problemHeaders(found), ...headers });
}
