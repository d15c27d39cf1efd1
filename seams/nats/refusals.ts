import { ErrorCode, NatsError } from "nats";
import type { NatsFiles } from "../../config/files.ts";
import { tlsFaultOf } from "../../lib/tls-faults.ts";

/** Codes with which a server refuses a client's credentials. */
const REFUSED: ReadonlySet<string> = new Set([
  ErrorCode.AuthorizationViolation,
  ErrorCode.AuthenticationExpired,
  ErrorCode.AuthenticationTimeout,
  ErrorCode.AccountExpired,
]);

/**
 * Explains to an operator why NATS lets this node not in: the variable, what is wrong with it, and what to do.
 *
 * @param error of a connection, or the code of an error event
 * @returns null when NATS only can't be reached
 */
export function natsRefusalOf(error: unknown, { creds }: NatsFiles): string | null {
  const code = error instanceof NatsError ? error.code : error;
  if (REFUSED.has(code as string)) {
    return creds === undefined
      ? "NATS_URL: NATS refuses the user, password or token, or demands one"
      : "NATS_CREDS: NATS refuses the credentials of this file";
  }
  if (code === ErrorCode.ServerOptionNotAvailable) return "NATS_URL: this NATS does not offer TLS";
  return tlsFaultOf(error, { ca: "NATS_CA", certificate: "NATS_CERT" });
}
