import { type Address, parseAddresses, parseLogin } from "./addresses.ts";

/** Locations of the servers of one NATS, and the credentials for all of them. */
export interface NatsPlace {
  addresses: Address[];
  /** Whether only connections with TLS are allowed. Others use TLS if the server demands it. */
  tls: boolean;
  /** Null: the server demands none, or they are in a file. */
  login: { user: string; pass: string } | { token: string } | null;
}

const SHAPE = /^(?:(nats|tls):\/\/)?(?:([^@/]*)@)?([^@/?#]+)\/?$/;
const FORMS = "nats://USER:PASSWORD@HOST:4222, nats://TOKEN@HOST:4222 or tls://HOST:4222";

/** A `NATS_URL` that can't be used; the message says why, without any part of it. */
export class NatsUrlError extends Error {
  override name = "NatsUrlError";
}

/**
 * Parses one or several addresses, separated by commas. Only the first must have a scheme. User, password and token are
 * percent-encoded, and may stand in one address or in all.
 *
 * @throws NatsUrlError
 */
export function parseNatsUrl(text: string): NatsPlace {
  const parts = text.split(",").map((part) => SHAPE.exec(part.trim()));
  const scheme = parts[0]?.[1];
  const addresses: Address[] = [];
  const logins = new Set<string>();
  for (const part of parts) {
    const [, own = scheme, access, host = ""] = part ?? [];
    const address = parseAddresses(host, 4222);
    if (scheme === undefined || !address)
      throw new NatsUrlError(`must be like ${FORMS}, percent-encoded, or several of them after commas`);
    if (own !== scheme) throw new NatsUrlError("must use nats:// for all servers, or tls:// for all");
    addresses.push(...address);
    if (access !== undefined) logins.add(access);
  }
  if (logins.size > 1) throw new NatsUrlError("has several credentials; all servers of a NATS take the same");
  const [access] = logins;
  return { addresses, tls: scheme === "tls", login: access === undefined ? null : loginOf(access) };
}

function loginOf(access: string): NatsPlace["login"] {
  const parsed = parseLogin(access);
  if (!parsed) throw new NatsUrlError("has a user, password or token that is not percent-encoded: a % must be %25");
  const { username: user, password: pass } = parsed;
  if (user === undefined) throw new NatsUrlError("has no user or token before the @");
  if (!access.includes(":")) return { token: user };
  if (pass === undefined) throw new NatsUrlError("has an empty password; a token has no colon after it");
  return { user, pass };
}
