import { Agent, request } from "node:http";
import { Agent as SecureAgent, request as secureRequest } from "node:https";
import { setTimeout as pause } from "node:timers/promises";

/** Time limit of one try: longer than the API's own limit for a write, so that its 503 arrives. */
const TRY_TIMEOUT_MS = 10_000;
/** Time limit of a request with all its tries: longer than any outage that heals. */
const GIVE_UP_MS = 300_000;
const FIRST_WAIT_MS = 50;
const LONGEST_WAIT_MS = 1000;
/** The longest `Retry-After` that the client waits out; a longer one is a rate limit. */
const LONGEST_RETRY_AFTER_SECONDS = 30;

export interface Ask {
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  /** Including the query. */
  readonly path: string;
  readonly token?: string;
  readonly body?: unknown;
  /** The statuses that count as an answer; after any other, the client tries again. */
  readonly wanted: readonly number[];
}

interface Answer<T> {
  readonly status: number;
  readonly body: T;
  /** Tries without an answer or with a wrong one. They may or may not have had an effect. */
  readonly failedTries: number;
}

/** The outcome of one try. Times are by `performance.now()`. */
export interface Try {
  readonly ask: Ask;
  readonly began: number;
  readonly ended: number;
  /** Null when no answer came. */
  readonly status: number | null;
  readonly ok: boolean;
}

/** A client of the public API that repeats each request until it is answered. */
export interface Client {
  readonly url: string;
  ask<T>(ask: Ask): Promise<Answer<T>>;
  close(): void;
}

/** The server gave no usable answer within the time limit; the message says what it answered. */
export class NoAnswerError extends Error {
  override name = "NoAnswerError";
}

/**
 * @param url the address of the API
 * @param observe called with every try
 */
export function createClient(url: string, observe: (tried: Try) => void): Client {
  const isSecure = url.startsWith("https:");
  const agent = isSecure ? new SecureAgent({ keepAlive: true }) : new Agent({ keepAlive: true });
  const send = isSecure ? secureRequest : request;

  function tryOnce({ method, path, token, body }: Ask): Promise<{ status: number; text: string; retryAfter: number }> {
    const payload = body === undefined ? undefined : JSON.stringify(body);
    const headers = {
      accept: "application/json",
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...(payload !== undefined && {
        "content-type": "application/json",
        "content-length": Buffer.byteLength(payload),
      }),
    };
    return new Promise((resolve, reject) => {
      const signal = AbortSignal.timeout(TRY_TIMEOUT_MS);
      const sent = send(url + path, { method, agent, headers, signal }, (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.once("error", reject);
        response.once("end", () =>
          resolve({
            status: response.statusCode!,
            text: Buffer.concat(chunks).toString(),
            retryAfter: Number(response.headers["retry-after"] ?? 0),
          }),
        );
      });
      sent.once("error", reject);
      sent.end(payload);
    });
  }

  return {
    url,
    async ask<T>(ask: Ask): Promise<Answer<T>> {
      const deadline = performance.now() + GIVE_UP_MS;
      let waitMs = FIRST_WAIT_MS;
      for (let failedTries = 0; ; failedTries += 1) {
        const began = performance.now();
        // A new error, because jest's own class of errors is not that of Node.js.
        const reply = await tryOnce(ask).catch(({ message }: Error) => new Error(message));
        const status = reply instanceof Error ? null : reply.status;
        const ok = status !== null && ask.wanted.includes(status);
        observe({ ask, began, ended: performance.now(), status, ok });
        if (ok) {
          const { text } = reply as { text: string };
          return { status, body: (text === "" ? undefined : JSON.parse(text)) as T, failedTries };
        }
        const retryAfter = reply instanceof Error ? 0 : reply.retryAfter;
        if (performance.now() > deadline || retryAfter > LONGEST_RETRY_AFTER_SECONDS) {
          const said = reply instanceof Error ? reply.message : `${reply.status} ${reply.text.slice(0, 500)}`;
          const hint = status === 429 ? " Start the server with RATE_LIMIT_SCALE=1000000." : "";
          throw new NoAnswerError(`${ask.method} ${url}${ask.path} gets no usable answer: ${said}.${hint}`);
        }
        // Jitter, so that requests that failed together do not all retry at the same moment.
        await pause(Math.max(retryAfter * 1000, waitMs * (0.5 + Math.random())));
        waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS);
      }
    },
    close: () => agent.destroy(),
  };
}
