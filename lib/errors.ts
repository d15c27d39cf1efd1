import { Errors } from "moleculer";
import type { ProblemCode } from "./problem-codes.ts";

/** The problem with one field of a request. `field` is a path such as `location.lat`. */
export interface FieldError {
  field: string;
  message: string;
}

/**
 * The errors that services throw on purpose. `code` is the matching HTTP status, `type` the machine-readable name.
 * Both survive serialization, but the class does not, so gateways recognize these errors by `type`.
 */
export class NotFoundError extends Errors.MoleculerClientError {
  override name = "NotFoundError";
  constructor(detail: string) {
    super(detail, 404, "NOT_FOUND");
  }
}

export class UnauthorizedError extends Errors.MoleculerClientError {
  override name = "UnauthorizedError";
  constructor(detail: string, type: ProblemCode = "UNAUTHORIZED") {
    super(detail, 401, type);
  }
}

export class ForbiddenError extends Errors.MoleculerClientError {
  override name = "ForbiddenError";
  constructor(detail: string, type: ProblemCode = "FORBIDDEN") {
    super(detail, 403, type);
  }
}

export class ConflictError extends Errors.MoleculerClientError {
  override name = "ConflictError";
  constructor(detail: string, type: ProblemCode = "CONFLICT") {
    super(detail, 409, type);
  }
}

/** The request is well-formed, but these values are not acceptable. */
export class InvalidError extends Errors.MoleculerClientError {
  override name = "InvalidError";
  constructor(errors: FieldError[]) {
    super(errors.map((e) => `${e.field}: ${e.message}`).join("; "), 422, "VALIDATION_ERROR", { errors });
  }
}

/** The request is malformed: it is not JSON, or has unknown fields. */
export class BadRequestError extends Errors.MoleculerClientError {
  override name = "BadRequestError";
  constructor(detail: string, type: ProblemCode = "BAD_REQUEST", errors?: FieldError[]) {
    super(detail, 400, type, errors ? { errors } : undefined);
  }
}

/** Any other refusal, with its own status. */
export class RefusedError extends Errors.MoleculerClientError {
  override name = "RefusedError";
  constructor(detail: string, status: number, type: ProblemCode, data?: unknown) {
    super(detail, status, type, data);
  }
}

/** A store that the request needs does not answer. Callers may retry after a moment. */
export class UnavailableError extends Errors.MoleculerRetryableError {
  override name = "UnavailableError";
  constructor(detail: string) {
    super(detail, 503, "UNAVAILABLE", undefined);
  }
}

/** The environment has a bad value; the message names each variable. */
export class ConfigError extends Error {
  override name = "ConfigError";
}

/** Failures unrelated to the request: the node was gone, silent or too busy, or could not reach its store. */
const TRANSIENT: ReadonlySet<unknown> = new Set([
  "REQUEST_TIMEOUT",
  "REQUEST_REJECTED",
  "SERVICE_NOT_AVAILABLE",
  "SERVICE_NOT_FOUND",
  "QUEUE_FULL",
  "UNAVAILABLE",
]);

/** Whether the node, not the request, is at fault. */
export function isTransient(error: unknown): boolean {
  return TRANSIENT.has((error as { type?: unknown } | null)?.type);
}

/** The message of any thrown value. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
