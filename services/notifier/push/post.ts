import http, { type IncomingMessage, type RequestOptions } from "node:http";
import https from "node:https";
import webPush from "web-push";
import { messageOf } from "../../../lib/errors.ts";
import type { PushTarget } from "../../../contract/records.ts";
import { createSafeLookup, faultOfEndpoint } from "./address.ts";
import type { Handling } from "./message.ts";
import type { Vapid } from "./vapid.ts";

/** From looking the name up to the first line of the answer, in milliseconds. Push services answer in tens of them. */
const DEADLINE = 10_000;
/** An answer's headers and its body: what is longer is cut off, in bytes. */
const MOST_HEADERS = 16_384;
const MOST_BODY = 16_384;
/** Connections that are kept for the next push: few push services serve nearly all browsers. */
const MOST_IDLE = 64;
/**
 * How long they are kept, in milliseconds. A push that goes out while its push service closes the connection is lost,
 * since nobody can tell that it was not read; so this side closes first: the shortest habit among servers is 5 s.
 */
const IDLE_FOR = 3000;

/** What became of a request. */
export type Outcome =
  | { is: "taken" }
  /** Nobody is behind the subscription any more. */
  | { is: "gone" }
  /** Not taken; it may be tried again. `after` is what the push service asks for, in milliseconds. */
  | { is: "later"; reason: string; after: number | null }
  /** Not taken, and would not be next time. */
  | { is: "refused"; reason: string }
  /** It went out, and no answer came: it may have been taken. */
  | { is: "unknown"; reason: string };

/** Encrypts and posts messages to push services (RFC 8030, 8188, 8291, 8292), whose addresses strangers have given. */
export function createPost(vapid: Vapid, { allowLoopback }: { allowLoopback: boolean }) {
  const lookup = createSafeLookup(allowLoopback);
  // Of connections in use, the timeout ends none: those have the deadline.
  const options = { keepAlive: true, maxFreeSockets: MOST_IDLE, timeout: IDLE_FOR, lookup };
  const agents = { "http:": new http.Agent(options), "https:": new https.Agent(options) };

  /** @returns what sends the request, with nothing left to do before it. @throws when the keys can't be read */
  async function prepare(
    target: PushTarget,
    message: string,
    { topic, urgency, ttl }: Handling & { ttl: number },
  ): Promise<() => Promise<Outcome>> {
    const { endpoint, p256dh, auth } = target;
    // Once more, since the rules or the settings may be others than when it was stored.
    const fault = faultOfEndpoint(endpoint, allowLoopback);
    if (fault !== null) return () => Promise.resolve({ is: "refused", reason: `The endpoint ${fault}` });
    const url = new URL(endpoint);
    const { cipherText } = webPush.encrypt(p256dh, auth, message, "aes128gcm");
    const headers = {
      Authorization: await vapid.authorization(url.origin),
      "Content-Encoding": "aes128gcm",
      "Content-Length": cipherText.length,
      "Content-Type": "application/octet-stream",
      TTL: ttl,
      Topic: topic,
      Urgency: urgency,
    };
    return () => send(url, { method: "POST", headers, maxHeaderSize: MOST_HEADERS }, cipherText);
  }

  function send(url: URL, request: RequestOptions, body: Buffer): Promise<Outcome> {
    const { protocol } = url as { protocol: "http:" | "https:" };
    const client = protocol === "http:" ? http : https;
    return new Promise((resolve) => {
      const req = client.request(url, { ...request, agent: agents[protocol] });
      /** Whether the push service may have any of it. */
      let wentOut = false;
      const deadline = setTimeout(() => req.destroy(new Error("no answer in time")), DEADLINE);
      req.on("socket", (socket) => {
        const ready = () => (wentOut = true);
        if (socket.connecting) socket.once(protocol === "http:" ? "connect" : "secureConnect", ready);
        else ready();
      });
      req.on("error", (error) => {
        clearTimeout(deadline);
        const reason = messageOf(error);
        if (error.name === "ForbiddenAddressError") resolve({ is: "refused", reason });
        // Also on a kept connection: one that was closed before looks like one whose other side has read it and died.
        else if (wentOut) resolve({ is: "unknown", reason });
        else resolve({ is: "later", reason, after: null });
      });
      req.on("response", (response) => {
        clearTimeout(deadline);
        resolve(outcomeOf(response));
        discard(response);
      });
      req.end(body);
    });
  }

  return {
    prepare,
    close(): void {
      for (const agent of Object.values(agents)) agent.destroy();
    },
  };
}

/** Redirects are not followed: they lead where nobody has checked. */
function outcomeOf({ statusCode = 0, headers }: IncomingMessage): Outcome {
  const reason = `The push service answered ${statusCode}`;
  if (statusCode >= 200 && statusCode < 300) return { is: "taken" };
  if (statusCode === 404 || statusCode === 410) return { is: "gone" };
  if (statusCode === 429 || statusCode >= 500) return { is: "later", reason, after: readRetryAfter(headers) };
  return { is: "refused", reason };
}

/** @returns milliseconds, null when the answer does not say */
function readRetryAfter({ "retry-after": value }: IncomingMessage["headers"]): number | null {
  if (value === undefined) return null;
  const wait = /^\d+$/.test(value) ? Number(value) * 1000 : Date.parse(value) - Date.now();
  return Number.isFinite(wait) ? Math.max(0, wait) : null;
}

/** Reads the answer's body to its end, so that the connection can be used again; not when it is long or slow. */
function discard(response: IncomingMessage): void {
  let bytes = 0;
  const timer = setTimeout(() => response.destroy(), DEADLINE);
  response.on("data", (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > MOST_BODY) response.destroy();
  });
  // The outcome is known: how the rest of the answer ends changes nothing.
  response.on("error", () => undefined);
  response.on("close", () => clearTimeout(timer));
}

export type Post = ReturnType<typeof createPost>;
