import { type Address, type Login, parseAddresses, parseLogin } from "./addresses.ts";

/** Location and credentials of a Redis. */
export interface RedisPlace extends Login {
  kind: "single" | "sentinel" | "cluster";
  /** The server, the Sentinels, or some nodes of the cluster; the client learns the other nodes from these. */
  addresses: Address[];
  tls: boolean;
  /** The name by which the Sentinels know the master; empty for the other kinds. */
  name: string;
  db: number;
}

const SHAPE = /^redis(s?)(?:\+(sentinel|cluster))?:\/\/(?:([^@/]*)@)?([^@/?#]+)(?:\/([^?#]*))?$/;

/** The accepted forms, for error messages. */
export const REDIS_URL_FORMS =
  "redis://HOST:6379/DB, redis+sentinel://HOST:26379,HOST:26379/NAME/DB " +
  "or redis+cluster://HOST:6379,HOST:6379, with rediss instead of redis for TLS, and with USER:PASSWORD@ before the " +
  "first host if need be, both percent-encoded";

/**
 * Parses an address in one of the forms of {@link REDIS_URL_FORMS}. User and password are percent-encoded; they are
 * sent to Redis, not to Sentinels.
 *
 * @returns null for any other text
 */
export function parseRedisUrl(text: string): RedisPlace | null {
  const [, tls, scheme, access, hosts, path = ""] = SHAPE.exec(text) ?? [];
  if (hosts === undefined) return null;
  const kind = (scheme ?? "single") as RedisPlace["kind"];
  const addresses = parseAddresses(hosts, kind === "sentinel" ? 26_379 : 6379);
  if (!addresses || (kind === "single" && addresses.length > 1)) return null;
  const parts = path.split("/");
  const name = kind === "sentinel" ? (parts.shift() ?? "") : "";
  if (kind === "sentinel" && !/^[A-Za-z0-9._-]+$/.test(name)) return null;
  const db = parts.shift() || "0";
  // A cluster has only database 0.
  if (parts.length > 0 || !(kind === "cluster" ? /^0$/ : /^\d{1,5}$/).test(db)) return null;
  const login = parseLogin(access);
  return login && { kind, addresses, tls: tls === "s", ...login, name, db: Number(db) };
}
