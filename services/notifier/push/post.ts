import type { IncomingMessage, RequestOptions } from "node:http";
import https from "node:https";
import type { PushTarget } from "../../../contract/records.ts";
import { messageOf } from "../../../lib/errors.ts";
import * as http from "../../../lib/http.ts";
import { createSafeLookup, faultOfEndpoint } from "./address.ts";
import type { Handling } from "./message.ts";
import type { Vapid } from "./vapid.ts";

/** The limit from the DNS lookup to the headers of the answer. Push services answer within tens of milliseconds. */
const DEADLINE_MS = 10_000;
/** Longer headers and bodies of answers are cut off. */
const HEADERS_LIMIT_BYTES = 16_384;
const BODY_LIMIT_BYTES = 16_384;
/** Idle connections kept per push service. They pay off, because a few push services serve nearly all browsers. */
const IDLE_CONNECTIONS_LIMIT = 64;
/**
 * An idle connection is closed after this long. A push that goes out while the push service closes the connection is
 * lost, because nobody can tell whether it was read. So this side closes first: the shortest idle timeout that is
 * common among servers is 5 s.
 */
const IDLE_LIMIT_MS = 3000;

/** The outcome of a request. */
export type Outcome =
  | { is: "taken" }
  /** The browser has unsubscribed. */
  | { is: "gone" }
  /** Not taken; another attempt may succeed. `retryAfterMs` is the wait that the push service asks for. */
  | { is: "later"; reason: string; retryAfterMs: number | null }
  /** Not taken; another attempt would fail, too. */
  | { is: "refused"; reason: string }
  /** The request went out and no answer came: the push service may have taken the message. */
  | { is: "unknown"; reason: string };

/** Encrypts messages and posts them to push services (RFC 8030, 8188, 8291, 8292), whose addresses strangers choose. */
export function createPost(vapid: Vapid, { allowLoopback }: { allowLoopback: boolean }) {
  const lookup = createSafeLookup(allowLoopback);
  // The timeout ends idle connections only; a request under way ends at its own deadline.
  const options = { keepAlive: true, maxFreeSockets: IDLE_CONNECTIONS_LIMIT, timeout: IDLE_LIMIT_MS, lookup };
  const agents = { "http:": new http.Agent(options), "https:": new https.Agent(options) };

  /**
   * Does all the work of a push that can be done before its request is sent.
   *
   * @param handling.ttl seconds for which the push service keeps the message
   * @returns a function that sends the request at once and never rejects
   * @throws UnavailableError when the VAPID keys can't be read
   */
  async function prepare(
    target: PushTarget,
    message: string,
    handling: Handling & { ttl: number },
  ): Promise<() => Promise<Outcome>> {
    const { endpoint, p256dh, auth } = target;
    // Check again: the rules or the settings may have changed since the subscription was stored.
    const fault = faultOfEndpoint(endpoint, allowLoopback);
    if (fault !== null) return () => Promise.resolve({ is: "refused", reason: `The endpoint ${fault}` });
    const url = new URL(endpoint);
    // Loaded at the first push: many nodes never send one.
    const { default: webPush } = await import("web-push");
    const { cipherText } = webPush.encrypt(p256dh, auth, message, "aes128gcm");
    const headers = {
      Authorization: await vapid.authorization(url.origin),
      "Content-Encoding": "aes128gcm",
      "Content-Length": cipherText.length,
      "Content-Type": "application/octet-stream",
      TTL: handling.ttl,
      Topic: handling.topic,
      Urgency: handling.urgency,
    };
    return () => send(url, { method: "POST", headers, maxHeaderSize: HEADERS_LIMIT_BYTES }, cipherText);
  }

  function send(url: URL, request: RequestOptions, body: Buffer): Promise<Outcome> {
    const { protocol } = url as { protocol: "http:" | "https:" };
    const client = protocol === "http:" ? http : https;
    return new Promise((resolve) => {
      const req = client.request(url, { ...request, agent: agents[protocol] });
      /** Whether the push service may have received any part of the request. */
      let wentOut = false;
      const deadline = setTimeout(() => req.destroy(new Error("no answer in time")), DEADLINE_MS);
      req.on("socket", (socket) => {
        const ready = () => (wentOut = true);
        if (socket.connecting) socket.once(protocol === "http:" ? "connect" : "secureConnect", ready);
        else ready();
      });
      req.on("error", (error) => {
        clearTimeout(deadline);
        const reason = messageOf(error);
        if (error.name === "ForbiddenAddressError") resolve({ is: "refused", reason });
        // On a reused connection, too: nobody can tell whether the server read the request before it closed the
        // connection.
        else if (wentOut) resolve({ is: "unknown", reason });
        else resolve({ is: "later", reason, retryAfterMs: null });
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

/** Redirects are not followed, because nobody has checked the address that they lead to. */
function outcomeOf({ statusCode = 0, headers }: IncomingMessage): Outcome {
  const reason = `The push service answered ${statusCode}`;
  if (statusCode >= 200 && statusCode < 300) return { is: "taken" };
  if (statusCode === 404 || statusCode === 410) return { is: "gone" };
  if (statusCode === 429 || statusCode >= 500) return { is: "later", reason, retryAfterMs: readRetryAfter(headers) };
  return { is: "refused", reason };
}

/** @returns milliseconds; null when the answer has no valid Retry-After */
function readRetryAfter({ "retry-after": value }: IncomingMessage["headers"]): number | null {
  if (value === undefined) return null;
  const wait = /^\d+$/.test(value) ? Number(value) * 1000 : Date.parse(value) - Date.now();
  return Number.isFinite(wait) ? Math.max(0, wait) : null;
}

/**
 * Reads the answer's body, so that the connection can be reused. If the body is long or slow, closes the connection.
 */
function discard(response: IncomingMessage): void {
  let bytes = 0;
  const timer = setTimeout(() => response.destroy(), DEADLINE_MS);
  response.on("data", (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > BODY_LIMIT_BYTES) response.destroy();
  });
  // The outcome is known by now, so errors in the rest of the answer don't matter.
  response.on("error", () => undefined);
  response.on("close", () => clearTimeout(timer));
}

export type Post = ReturnType<typeof createPost>;
