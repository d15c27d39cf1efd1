import type { IncomingMessage, ServerResponse } from "node:http";
import { pipeline, Readable } from "node:stream";
import type { Answer } from "./asset.ts";
import { problem } from "../gateway/problems.ts";
import type { Problem } from "../../contract/shapes.ts";
import type { Reply } from "./endpoint.ts";
import type { LimitState } from "../../seams/limits/rate-limiter.ts";
import { SHARE_CSP } from "../pages/csp.ts";
import { renderErrorPage, renderNotFoundPage } from "../pages/pages.ts";
import type { Site } from "../pages/site.ts";

/** What every reply says, so that no browser guesses or frames. */
const SAFETY = {
  "X-Content-Type-Options": "nosniff",
  "Referrer-Policy": "strict-origin-when-cross-origin",
};

/** How long a client should wait before it tries again what is not available, in seconds. */
const RETRY_AFTER = "2";

export function limitHeaders({ limit, remaining, reset }: LimitState): Record<string, string> {
  return { "RateLimit-Limit": `${limit}`, "RateLimit-Remaining": `${remaining}`, "RateLimit-Reset": `${reset}` };
}

/** Sends a reply; JSON unless its headers say otherwise. */
export function send(res: ServerResponse, { status, body, headers = {} }: Reply): void {
  if (res.headersSent || res.destroyed) {
    if (body instanceof Readable) body.destroy();
    return;
  }
  if (body instanceof Readable) {
    res.writeHead(status, { ...SAFETY, ...headers });
    // A client that goes ends the reading; a store that breaks off ends the answer, which the client sees is too short.
    pipeline(body, res, () => undefined);
    return;
  }
  const text =
    typeof body === "string" || Buffer.isBuffer(body) ? body : body === undefined ? "" : JSON.stringify(body);
  res.writeHead(status, {
    ...SAFETY,
    ...(status !== 204 &&
      status !== 304 && {
        "Content-Type": "application/json; charset=utf-8",
        "Content-Length": Buffer.byteLength(text),
      }),
    "Cache-Control": "no-store",
    ...headers,
  });
  res.end(text);
}

export function sendProblem(res: ServerResponse, found: Problem, headers: Record<string, string> = {}): void {
  send(res, {
    status: found.status,
    body: found,
    headers: {
      "Content-Type": "application/problem+json; charset=utf-8",
      ...problemHeaders(found),
      ...headers,
    },
  });
}

/** @returns a file as a reply */
export function assetReply({ body, contentType, cacheControl }: Answer, policy: string = SHARE_CSP): Reply {
  return {
    status: 200,
    body,
    headers: { "Content-Type": contentType, "Content-Security-Policy": policy, "Cache-Control": cacheControl },
  };
}

/** @returns a page of the site as a reply */
export function pageReply(status: number, body: string, headers: Record<string, string> = {}): Reply {
  return {
    status,
    body,
    headers: {
      "Content-Type": "text/html; charset=utf-8",
      "Content-Security-Policy": SHARE_CSP,
      "Cache-Control": "no-cache",
      ...headers,
    },
  };
}

/** @returns what a browser gets to see of a problem */
export function problemPage(found: Problem, site: Site, headers: Record<string, string> = {}): Reply {
  const body = found.status === 404 ? renderNotFoundPage(site) : renderErrorPage(found, site);
  return pageReply(found.status, body, { ...problemHeaders(found), ...headers });
}

function problemHeaders({ status }: Problem): Record<string, string> {
  return {
    ...(status === 503 && { "Retry-After": RETRY_AFTER }),
    ...(status === 401 && { "WWW-Authenticate": "Bearer" }),
  };
}

/** Answers what Node's parser could not read, before there is a request. */
export function refuseMalformed(
  error: NodeJS.ErrnoException,
  socket: NodeJS.WritableStream & { writable: boolean },
): void {
  if (error.code === "ECONNRESET" || !socket.writable) return;
  const status = error.code === "HPE_HEADER_OVERFLOW" ? 431 : error.code === "ERR_HTTP_REQUEST_TIMEOUT" ? 408 : 400;
  const found = problem(status, "MALFORMED_REQUEST", "The request is not valid HTTP, or too large or too slow.");
  const body = JSON.stringify(found);
  socket.end(
    `HTTP/1.1 ${status} ${found.title}\r\nContent-Type: application/problem+json\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
}

/** Whether more of the body is to come: then the connection can't be used again after an early refusal. */
export function hasUnreadBody(req: IncomingMessage): boolean {
  return !req.complete;
}
