import { Agent, request } from "node:http";
import { Agent as SecureAgent, request as secureRequest } from "node:https";
import { setTimeout as pause } from "node:timers/promises";

/** How long one try may take: longer than the API lets a write take, so that a 503 is heard. */
const TRY_MS = 10_000;
/** How long to try before giving up: longer than any outage that heals. */
const GIVE_UP_MS = 300_000;
const SHORTEST_WAIT_MS = 50;
const LONGEST_WAIT_MS = 1000;
/** A wait that the server asks for is kept, but not one so long: that is a rate limit. */
const LONGEST_ASKED_S = 30;

export interface Ask {
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  /** With its query. */
  readonly path: string;
  readonly token?: string;
  readonly body?: unknown;
  /** The statuses that are an answer; every other one is tried again. */
  readonly wanted: readonly number[];
}

export interface Answer<T> {
  readonly status: number;
  readonly body: T;
  /** Tries that got no answer, or a wrong one; whether those did anything is not known. */
  readonly failedTries: number;
}

/** How one try ended. Times are of `performance.now()`. */
export interface Try {
  readonly ask: Ask;
  readonly began: number;
  readonly ended: number;
  /** Null when there was no answer at all. */
  readonly status: number | null;
  readonly ok: boolean;
}

/** A client of the public API that asks again until it is answered. */
export interface Client {
  readonly url: string;
  ask<T>(ask: Ask): Promise<Answer<T>>;
  close(): void;
}

/** The server gave no usable answer for so long that there is no point in going on. */
export class NoAnswerError extends Error {
  override name = "NoAnswerError";
}

/**
 * @param url where the API is
 * @param observe is told of every try
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
      const signal = AbortSignal.timeout(TRY_MS);
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
      let wait = SHORTEST_WAIT_MS;
      for (let failedTries = 0; ; failedTries += 1) {
        const began = performance.now();
        const reply = await tryOnce(ask).catch((error: Error) => error);
        const status = reply instanceof Error ? null : reply.status;
        const ok = status !== null && ask.wanted.includes(status);
        observe({ ask, began, ended: performance.now(), status, ok });
        if (ok) {
          const { text } = reply as { text: string };
          return { status, body: (text === "" ? undefined : JSON.parse(text)) as T, failedTries };
        }
        const asked = reply instanceof Error ? 0 : reply.retryAfter;
        if (performance.now() > deadline || asked > LONGEST_ASKED_S) {
          const said = reply instanceof Error ? reply.message : `${reply.status} ${reply.text.slice(0, 500)}`;
          const hint = status === 429 ? " Start the server with RATE_LIMIT_SCALE=1000000." : "";
          throw new NoAnswerError(`${ask.method} ${url}${ask.path} is not answered as it should be: ${said}.${hint}`);
        }
        // Spread, so that those who failed together do not come back together.
        await pause(Math.max(asked * 1000, wait * (0.5 + Math.random())));
        wait = Math.min(wait * 2, LONGEST_WAIT_MS);
      }
    },
    close: () => agent.destroy(),
  };
}
