import type { ServerResponse } from "node:http";
import { STATUS_CODES } from "../../lib/http.ts";
import type { Socket } from "node:net";
import { pipeline, Readable } from "node:stream";
import type { Problem } from "../../contract/shapes.ts";
import type { LimitState } from "../../seams/limits/rate-limiter.ts";
import { compressAtOnce, compressInThread, COMPRESSION_MIN_BYTES } from "./compress.ts";
import { acceptedCoding, type Coding, varyBy } from "./encoding.ts";
import { Json } from "./json.ts";
import { problem } from "./problems.ts";
import { tagged } from "./tagged.ts";
import type { Reply } from "./reply.ts";

/** Powerful features that no page of ours uses, and no script in one may. The place of a tweet comes from the browser. */
const PERMISSIONS = [
  "geolocation=(self)",
  ...["camera", "display-capture", "hid", "microphone", "midi", "payment", "serial", "usb"].map(
    (feature) => `${feature}=()`,
  ),
].join(", ");

/** Headers of every reply, unless it sets its own. The policies are those of JSON, which any site's script may read. */
export const SAFETY_HEADERS = {
  // Browsers must not guess a content type.
  "X-Content-Type-Options": "nosniff",
  // Nor send full URLs to other sites.
  "Referrer-Policy": "strict-origin-when-cross-origin",
  // A window of another site that opened ours, or that ours opened, can't reach it.
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Resource-Policy": "cross-origin",
  "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
  "Permissions-Policy": PERMISSIONS,
};

/**
 * The event of a response whose work is over although its last byte is not written: a stream follows, or the client has
 * left. The guard counts requests until then.
 */
export const ANSWERED = "answered";

/** From this size on, a text is encoded before it is written: while a client reads, only its bytes stay in memory. */
const ENCODED_FROM_CHARACTERS = 16_384;

/** Clients should wait this long before they retry, if a store or service is down. */
export const RETRY_AFTER_SECONDS = "2";

/** Sends a reply: as JSON, unless its headers name another content type. Texts are compressed if the client wants it. */
export function send(res: ServerResponse, { status, body, headers = {} }: Reply): void {
  if (res.headersSent || res.destroyed) {
    res.emit(ANSWERED);
    if (body instanceof Readable) body.destroy();
    return;
  }
  if (body instanceof Readable) {
    res.writeHead(status, headers);
    res.emit(ANSWERED);
    // If the client disconnects, the reading stops. If the store fails, the answer ends early, and the client notices
    // because the length is wrong.
    pipeline(body, res, () => undefined);
    return;
  }
  if (body instanceof Json) {
    send(res, tagged(res, { status, body, headers }));
    return;
  }
  const text = textOf(body);
  if (status === 204 || status === 304) {
    res.writeHead(status, { "Cache-Control": "no-store", ...headers });
    res.end();
    return;
  }
  // Bytes come in the form that their sender has chosen.
  const isCompressible = !Buffer.isBuffer(body) && text.length > 0 && !carriesSecret(headers);
  const own =
    isCompressible && text.length >= COMPRESSION_MIN_BYTES
      ? { ...headers, Vary: varyBy("Accept-Encoding", headers["Vary"]) }
      : headers;
  const coding = isCompressible ? codingFor(res, text.length) : null;
  if (coding) sendCompressed(res, { status, headers: own, body: Buffer.from(text) }, coding);
  else sendBytes(res, status, own, text);
}

/**
 * Whether a reply has a token, which is always in a cookie, too. The length of compressed text tells what it has in
 * common with what the request has put into it, so that a listener could guess the token (the attack BREACH).
 */
function carriesSecret(headers: NonNullable<Reply["headers"]>): boolean {
  return headers["Set-Cookie"] !== undefined;
}

/** The coding for a text; null for none. Short texts are compressed only for clients that refuse plain ones. */
function codingFor({ req }: ServerResponse, length: number): Coding | null {
  if (req.headers["accept-encoding"] === undefined) return null;
  const { coding, plain } = acceptedCoding(req);
  return length >= COMPRESSION_MIN_BYTES || !plain ? coding : null;
}

type Bytes = Pick<Required<Reply>, "status" | "headers"> & { body: Buffer };

function sendCompressed(res: ServerResponse, { status, headers, body }: Bytes, coding: Coding): void {
  const encoded = { ...headers, "Content-Encoding": coding };
  const atOnce = compressAtOnce(body, coding);
  if (atOnce) return sendBytes(res, status, encoded, atOnce);
  void compressInThread(body, coding)
    .catch(() => null)
    .then((bytes) => {
      if (res.destroyed) res.emit(ANSWERED);
      else if (bytes) sendBytes(res, status, encoded, bytes);
      else sendBytes(res, status, headers, body);
    });
}

function sendBytes(res: ServerResponse, status: number, headers: Bytes["headers"], text: string | Buffer): void {
  res.writeHead(status, {
    "Content-Type": "application/json; charset=utf-8",
    "Content-Length": Buffer.byteLength(text),
    "Cache-Control": "no-store",
    ...headers,
  });
  res.end(text);
}

function textOf(body: unknown): string | Buffer {
  if (Buffer.isBuffer(body)) return body;
  const text = typeof body === "string" ? body : body === undefined ? "" : JSON.stringify(body);
  return text.length < ENCODED_FROM_CHARACTERS ? text : Buffer.from(text);
}

/** Sends a problem in the format of RFC 9457. */
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

/** The headers of a problem, for JSON and pages alike. */
export function problemHeaders({ status }: Problem): Record<string, string> {
  return {
    ...(status === 503 && { "Retry-After": RETRY_AFTER_SECONDS }),
    ...(status === 401 && { "WWW-Authenticate": "Bearer" }),
  };
}

/** The `RateLimit-*` headers. */
export function limitHeaders({ limit, remaining, reset }: LimitState): Record<string, string> {
  return { "RateLimit-Limit": `${limit}`, "RateLimit-Remaining": `${remaining}`, "RateLimit-Reset": `${reset}` };
}

/**
 * The bytes of the last answer on a connection, for the places where Node has no response to write it with: before an
 * upgrade, and after bytes that are no request.
 */
export function lastAnswer(status: number, headers: Readonly<Record<string, string>>, body: string): string {
  const all = { ...SAFETY_HEADERS, ...headers, "Content-Length": Buffer.byteLength(body), Connection: "close" };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join("")}\r\n${body}`;
}

/** A refused client has this long to read the refusal and to close its end. */
const LINGER_MS = 1000;
/** This many refused connections may linger. Further ones are closed at once, because each holds a descriptor. */
const LINGERING_LIMIT = 50;
let lingering = 0;

/** Answers bytes that Node's parser can't read as a request, and closes the connection, whatever the client does. */
export function refuseMalformed(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === "ECONNRESET" || !socket.writable) {
    socket.destroy();
    return;
  }
  const status = error.code === "HPE_HEADER_OVERFLOW" ? 431 : error.code === "ERR_HTTP_REQUEST_TIMEOUT" ? 408 : 400;
  const found = problem(status, "MALFORMED_REQUEST", "The request is not valid HTTP, is too large, or is too slow.");
  const body = JSON.stringify(found);
  const headers = { "Content-Type": "application/problem+json; charset=utf-8", "Cache-Control": "no-store" };
  socket.end(lastAnswer(status, headers, body));
  if (lingering >= LINGERING_LIMIT) {
    socket.destroySoon();
    return;
  }
  // A client that is still sending would see a reset instead of the answer, so give it a moment.
  lingering++;
  const timer = setTimeout(() => socket.destroy(), LINGER_MS);
  socket.once("close", () => {
    clearTimeout(timer);
    lingering--;
  });
}
