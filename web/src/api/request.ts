import { tryAgainIn } from "../../../lib/try-again.ts";
import { keepAnswer, lastAnswer, takeGiven } from "./known.ts";
import type { Problem } from "./shapes.ts";

/** The server answered with an error. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  readonly status: number;
  readonly problem: Partial<Problem>;
  /** Seconds until a retry makes sense, if the server has said so. */
  readonly retryAfter: number | null;

  constructor(status: number, problem: Partial<Problem>, retryAfter: number | null) {
    super(messageOf(problem, status, retryAfter));
    this.status = status;
    this.problem = problem;
    this.retryAfter = retryAfter;
  }

  /** Whether the same request may succeed later. */
  get passing(): boolean {
    return this.status >= 500 || this.status === 429 || this.status === 408;
  }

  /** The error message of one field, for a form. */
  fieldMessage(field: string): string | undefined {
    const message = this.problem.errors?.find((error) => error.field === field)?.message;
    return message && sentence(message);
  }
}

/** No answer came: the network or the server is down. */
export class NetworkError extends Error {
  override readonly name = "NetworkError";
  constructor() {
    super(navigator.onLine ? "Can't reach the server." : "You're offline.");
  }
}

/** The server gives up sooner than this, so a request that takes longer has lost its connection. */
const TIMEOUT_MS = 30_000;

/** Dispatches `unauthorized` when the server no longer accepts the session. */
export const unauthorized = new EventTarget();

/**
 * Sends a request and reads JSON.
 *
 * @param path with the query
 * @param body sent as JSON
 * @returns the parsed body; undefined if it is empty
 * @throws ApiError, NetworkError
 */
export async function request<T>(method: string, path: string, body?: unknown): Promise<T> {
  const isRead = method === "GET";
  const given = isRead ? takeGiven(path) : undefined;
  if (given) return given.body as T;
  const known = isRead ? lastAnswer(path) : undefined;
  let response: Response;
  let text: string;
  try {
    response = await fetch(path, {
      method,
      credentials: "same-origin",
      signal: AbortSignal.timeout(TIMEOUT_MS),
      headers: {
        accept: "application/json",
        ...(known?.tag && { "if-none-match": known.tag }),
        ...(body === undefined ? {} : { "content-type": "application/json" }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    text = await response.text();
  } catch {
    throw new NetworkError();
  }
  if (response.status === 304 && known) return known.body as T;
  const reply = readReply<T>(response.status, text, (name) => response.headers.get(name));
  if (isRead) keepAnswer(path, { tag: response.headers.get("etag") ?? undefined, body: reply });
  return reply;
}

/** Parses an answer from fetch or XMLHttpRequest. @throws ApiError for an error status */
export function readReply<T>(status: number, text: string, header: (name: string) => string | null): T {
  const parsed = parse(text);
  if (status >= 200 && status < 300) return parsed as T;
  if (status === 401) unauthorized.dispatchEvent(new Event("unauthorized"));
  const retryAfter = Number(header("retry-after"));
  throw new ApiError(status, parsed ?? {}, retryAfter > 0 ? retryAfter : null);
}

function parse(text: string): unknown {
  try {
    return text === "" ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}

function messageOf(problem: Partial<Problem>, status: number, retryAfter: number | null): string {
  const [first] = problem.errors ?? [];
  if (first) return sentence(`${first.field} ${first.message}`);
  // A proxy in front of the server may refuse without a detail.
  if (status === 429 && retryAfter !== null && !problem.detail) return `Too many attempts. ${tryAgainIn(retryAfter)}`;
  if (problem.detail) return problem.detail;
  return status >= 500
    ? "Something went wrong on the server. Try again in a moment."
    : `The server refused the request (${status}).`;
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.!?]$/.test(text) ? "" : "."}`;
}

/** @returns a message for the user */
export function explain(error: unknown): string {
  return error instanceof ApiError || error instanceof NetworkError ? error.message : "Something went wrong.";
}
