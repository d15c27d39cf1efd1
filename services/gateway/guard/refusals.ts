import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { ProblemCode } from "../../../lib/problem-codes.ts";
import { problem } from "../problems.ts";
import { drain } from "../request.ts";
import { lastAnswer } from "../send.ts";

/** After a refusal, the rest of a body is read within these limits. */
const UNREAD_LIMIT_BYTES = 2 ** 23;
const UNREAD_LIMIT_MS = 1000;
/** Clients retry after one of these times, so that they don't all come back in the same second. */
const RETRY_AFTER_SECONDS = [1, 2, 3];

/** A refusal that is made once and sent often, because refusing must cost much less than answering. */
export interface Refusal {
  readonly status: number;
  readonly body: string;
  /** Names and values in turn, one list for each time to retry after. */
  readonly headers: readonly string[][];
}

function refusal(status: number, code: ProblemCode, detail: string, { closes = false, retry = false } = {}): Refusal {
  const body = JSON.stringify(problem(status, code, detail));
  const headers = [
    "Content-Type",
    "application/problem+json; charset=utf-8",
    "Content-Length",
    `${Buffer.byteLength(body)}`,
    "Cache-Control",
    "no-store",
    // Clients of other origins should learn when to retry.
    "Access-Control-Allow-Origin",
    "*",
    "Access-Control-Expose-Headers",
    "Retry-After",
    ...(closes ? ["Connection", "close"] : []),
  ];
  return {
    status,
    body,
    headers: retry ? RETRY_AFTER_SECONDS.map((seconds) => [...headers, "Retry-After", `${seconds}`]) : [headers],
  };
}

export const REFUSALS = {
  overloaded: refusal(503, "OVERLOADED", "The server is overloaded. Try again shortly.", {
    retry: true,
  }),
  crowded: refusal(429, "TOO_MANY_AT_ONCE", "Too many requests from this address at once. Wait for some to finish.", {
    retry: true,
  }),
  pipelined: refusal(503, "TOO_MANY_AT_ONCE", "Too many requests on this connection. Wait for some to finish.", {
    retry: true,
    closes: true,
  }),
  slowBody: refusal(408, "REQUEST_TIMEOUT", "The body of the request arrived too slowly.", { closes: true }),
  badHost: refusal(400, "MALFORMED_REQUEST", "The request must have exactly one Host header.", { closes: true }),
  expectation: refusal(417, "EXPECTATION_FAILED", "Only the expectation 100-continue can be met.", { closes: true }),
} as const;

/** Answers a request with a refusal. The connection stays open for the next request, unless the body has not arrived. */
export function refuse(req: IncomingMessage, res: ServerResponse, refused: Refusal): void {
  if (res.headersSent || res.destroyed) return;
  const { headers } = req;
  const hasBody = headers["content-length"] !== undefined || headers["transfer-encoding"] !== undefined;
  if (req.complete || !hasBody) {
    refuseAtOnce(res, refused);
    return;
  }
  // Clients finish sending before they listen, so they would otherwise see a reset connection instead of the refusal.
  drain(req, UNREAD_LIMIT_BYTES, UNREAD_LIMIT_MS).then(
    () => refuseAtOnce(res, refused, !req.complete),
    () => res.destroy(),
  );
}

/** Answers a request with a refusal, whatever is left of the body. @param closes ends the connection after it */
export function refuseAtOnce(res: ServerResponse, { status, body, headers }: Refusal, closes = false): void {
  if (res.headersSent || res.destroyed) return;
  const chosen = headers[headers.length === 1 ? 0 : Math.floor(Math.random() * headers.length)]!;
  res.writeHead(status, closes ? [...chosen, "Connection", "close"] : chosen);
  res.end(body);
}

/** Refuses a websocket before its handshake, and closes the connection. */
export function refuseUpgrade(socket: Socket, { status, body, headers }: Refusal): void {
  const named: Record<string, string> = {};
  for (let at = 0; at < headers[0]!.length; at += 2) named[headers[0]![at]!] = headers[0]![at + 1]!;
  socket.on("error", () => socket.destroy());
  socket.end(lastAnswer(status, named, body));
  socket.destroySoon();
}
