import { Errors } from "moleculer";

/** What is wrong with one field of a request. `field` is a path such as `location.lat`. */
export interface FieldError {
  field: string;
  message: string;
}

/**
 * The errors that services throw on purpose. `code` is the HTTP status that fits, `type` the machine-readable name;
 * both survive the way over the network, so the gateways tell these errors by `type`, never by class.
 */
export class NotFoundError extends Errors.MoleculerClientError {
  override name = "NotFoundError";
  constructor(detail: string) {
    super(detail, 404, "NOT_FOUND");
  }
}

export class UnauthorizedError extends Errors.MoleculerClientError {
  override name = "UnauthorizedError";
  constructor(detail: string, type = "UNAUTHORIZED") {
    super(detail, 401, type);
  }
}

export class ForbiddenError extends Errors.MoleculerClientError {
  override name = "ForbiddenError";
  constructor(detail: string, type = "FORBIDDEN") {
    super(detail, 403, type);
  }
}

export class ConflictError extends Errors.MoleculerClientError {
  override name = "ConflictError";
  constructor(detail: string, type = "CONFLICT") {
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

/** The request can't be read as what it should be: not JSON, or with fields that nobody knows. */
export class BadRequestError extends Errors.MoleculerClientError {
  override name = "BadRequestError";
  constructor(detail: string, type = "BAD_REQUEST", errors?: FieldError[]) {
    super(detail, 400, type, errors ? { errors } : undefined);
  }
}

/** Any other refusal, by status. */
export class RefusedError extends Errors.MoleculerClientError {
  override name = "RefusedError";
  constructor(detail: string, status: number, type: string, data?: unknown) {
    super(detail, status, type, data);
  }
}

/** A store that the request needs does not answer. Safe to try again after a moment. */
export class UnavailableError extends Errors.MoleculerRetryableError {
  override name = "UnavailableError";
  constructor(detail: string) {
    super(detail, 503, "UNAVAILABLE", undefined);
  }
}

/** The environment holds a value that can't be used; the message names each variable. */
export class ConfigError extends Error {
  override name = "ConfigError";
}

/** Failures that say nothing of the request: the node was gone, silent or too busy, or could not reach its store. */
const TRANSIENT: ReadonlySet<unknown> = new Set([
  "REQUEST_TIMEOUT",
  "REQUEST_REJECTED",
  "SERVICE_NOT_AVAILABLE",
  "SERVICE_NOT_FOUND",
  "QUEUE_FULL",
  "UNAVAILABLE",
]);

/** Whether an error says that the node, not the request, is at fault. */
export function isTransient(error: unknown): boolean {
  return TRANSIENT.has((error as { type?: unknown } | null)?.type);
}

/** The message of whatever was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
