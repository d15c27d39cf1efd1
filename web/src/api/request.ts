import type { Problem } from "./shapes.ts";

/** The server answered, and not with success. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  readonly status: number;
  readonly problem: Partial<Problem>;
  /** When to try again, in seconds, where the server said so. */
  readonly retryAfter: number | null;

  constructor(status: number, problem: Partial<Problem>, retryAfter: number | null) {
    super(messageOf(problem, status));
    this.status = status;
    this.problem = problem;
    this.retryAfter = retryAfter;
  }

  /** Whether the same request may succeed later. */
  get passing(): boolean {
    return this.status >= 500 || this.status === 429 || this.status === 408;
  }

  /** What is wrong with one field, for a form to show beside it. */
  fieldMessage(field: string): string | undefined {
    const message = this.problem.errors?.find((error) => error.field === field)?.message;
    return message && sentence(message);
  }
}

/** No answer came: the line, or the server, is down. */
export class NetworkError extends Error {
  override readonly name = "NetworkError";
  constructor() {
    super("The server can't be reached. Are you online?");
  }
}

/** How long an answer may take, in milliseconds. The server itself gives up sooner, so the line is dead then. */
const ANSWERED_WITHIN = 30_000;

/** Told when the server no longer takes the session for a live one. */
export const unauthorized = new EventTarget();

/**
 * Asks the server for JSON.
 *
 * @param path with its query
 * @param body sent as JSON
 * @returns the parsed body; undefined where there is none
 * @throws ApiError, NetworkError
 */
export async function request<T>(method: string, path: string, body?: unknown): Promise<T> {
  let response: Response;
  let text: string;
  try {
    response = await fetch(path, {
      method,
      credentials: "same-origin",
      signal: AbortSignal.timeout(ANSWERED_WITHIN),
      headers: {
        accept: "application/json",
        ...(body === undefined ? {} : { "content-type": "application/json" }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    text = await response.text();
  } catch {
    throw new NetworkError();
  }
  return readReply<T>(response.status, text, (name) => response.headers.get(name));
}

/** Reads an answer, however it came. @throws ApiError */
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

function messageOf(problem: Partial<Problem>, status: number): string {
  const [first] = problem.errors ?? [];
  if (first) return `${first.field}: ${first.message}`;
  if (problem.detail) return problem.detail;
  return status >= 500 ? "The server has trouble right now. Try again in a moment." : `The server refused (${status}).`;
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.!?]$/.test(text) ? "" : "."}`;
}

/** @returns what to tell people about something that went wrong */
export function explain(error: unknown): string {
  return error instanceof ApiError || error instanceof NetworkError ? error.message : "Something went wrong here.";
}
