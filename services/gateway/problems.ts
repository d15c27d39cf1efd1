import { STATUS_CODES } from "../../lib/http.ts";
import type { ServiceBroker } from "moleculer";
import type { FieldError } from "../../lib/errors.ts";
import type { ProblemCode } from "../../lib/problem-codes.ts";
import type { Problem } from "../../contract/shapes.ts";

/** The fields of our errors and of Moleculer's. Messages between nodes carry the fields, but not the class. */
interface ErrorLike {
  code?: unknown;
  type?: unknown;
  message?: unknown;
  data?: { errors?: FieldError[] } | undefined;
}

/** Error types that mean "not now": our own `UNAVAILABLE`, and Moleculer's for a missing, busy or slow service. */
const UNAVAILABLE_TYPES = new Set([
  "SERVICE_NOT_FOUND",
  "SERVICE_NOT_AVAILABLE",
  "REQUEST_TIMEOUT",
  "REQUEST_SKIPPED",
  "REQUEST_REJECTED",
  "QUEUE_FULL",
  "BROKER_DISCONNECTED",
  "UNAVAILABLE",
]);

/** The statuses of errors that are meant for clients. Any other error is our bug or a driver's. */
const PUBLIC_STATUSES = new Set([400, 401, 403, 404, 405, 409, 410, 411, 413, 414, 415, 416, 422, 429, 501]);

export function problem(status: number, code: ProblemCode, detail: string, errors?: FieldError[]): Problem {
  return {
    type: "about:blank",
    title: STATUS_CODES[status] ?? "Error",
    status,
    code,
    detail,
    ...(errors && { errors }),
  };
}

/**
 * Translates an error for a client: our own errors as they are, "try again" if a part of the service is down. The
 * client learns nothing about any other error, except that it is our fault.
 */
export function problemOf(error: unknown): Problem {
  const { code, type, message, data } = (error ?? {}) as ErrorLike;
  if (typeof type === "string" && UNAVAILABLE_TYPES.has(type)) {
    return problem(503, "UNAVAILABLE", "Part of the service is unavailable right now. Try again shortly.");
  }
  if (
    typeof code === "number" &&
    PUBLIC_STATUSES.has(code) &&
    typeof type === "string" &&
    typeof message === "string"
  ) {
    // While nodes are upgraded, a newer node may send a code that this one does not know.
    return problem(code, type as ProblemCode, message, data?.errors);
  }
  return problem(500, "INTERNAL", "Something went wrong on our side.");
}

/** Translates an error for a client, and logs the error if it is our fault. `what` names the failed work in the log. */
export function reportProblem(logger: Pick<ServiceBroker["logger"], "error">, what: string, error: unknown): Problem {
  const found = problemOf(error);
  if (found.status === 500) logger.error(`${what} failed:`, error);
  return found;
}
