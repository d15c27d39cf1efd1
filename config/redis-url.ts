export interface Address {
  host: string;
  port: number;
}

/** Location and credentials of a Redis. */
export interface RedisPlace {
  kind: "single" | "sentinel" | "cluster";
  /** The server, the Sentinels, or some nodes of the cluster; the client learns the other nodes from these. */
  addresses: Address[];
  tls: boolean;
  username: string | undefined;
  password: string | undefined;
  /** The name by which the Sentinels know the master; empty for the other kinds. */
  name: string;
  db: number;
}

const SHAPE = /^(redis|rediss|redis\+sentinel|redis\+cluster):\/\/(?:([^@/]*)@)?([^@/?#]+)(?:\/([^?#]*))?$/;
const HOST = /^(?:\[([0-9a-fA-F:.]+)\]|([A-Za-z0-9._-]+))(?::(\d{1,5}))?$/;

/** The accepted forms, for error messages. */
export const REDIS_URL_FORMS =
  "redis://HOST:6379/DB, rediss://HOST:6379/DB, redis+sentinel://HOST:26379,HOST:26379/NAME/DB " +
  "or redis+cluster://HOST:6379,HOST:6379, each with USER:PASSWORD@ before the first host if need be";

/**
 * Parses an address in one of the forms of {@link REDIS_URL_FORMS}. User and password are percent-encoded; they are
 * sent to Redis, not to Sentinels.
 *
 * @returns null for any other text
 */
export function parseRedisUrl(text: string): RedisPlace | null {
  const [, scheme, access, hosts, path = ""] = SHAPE.exec(text) ?? [];
  if (scheme === undefined || hosts === undefined) return null;
  const kind = scheme === "redis+sentinel" ? "sentinel" : scheme === "redis+cluster" ? "cluster" : "single";
  const addresses = parseAddresses(hosts, kind === "sentinel" ? 26_379 : 6379);
  if (!addresses || (kind === "single" && addresses.length > 1)) return null;
  const parts = path.split("/");
  const name = kind === "sentinel" ? (parts.shift() ?? "") : "";
  if (kind === "sentinel" && !/^[A-Za-z0-9._-]+$/.test(name)) return null;
  const db = parts.shift() || "0";
  // A cluster has only database 0.
  if (parts.length > 0 || !(kind === "cluster" ? /^0$/ : /^\d{1,5}$/).test(db)) return null;
  const credentials = parseAccess(access);
  return credentials && { kind, addresses, tls: scheme === "rediss", ...credentials, name, db: Number(db) };
}

function parseAddresses(hosts: string, defaultPort: number): Address[] | null {
  const addresses: Address[] = [];
  for (const text of hosts.split(",")) {
    const [, v6, name, digits] = HOST.exec(text) ?? [];
    const host = v6 ?? name;
    const port = digits === undefined ? defaultPort : Number(digits);
    if (host === undefined || port < 1 || port > 65_535) return null;
    addresses.push({ host, port });
  }
  return addresses;
}

function parseAccess(text = ""): Pick<RedisPlace, "username" | "password"> | null {
  const at = text.indexOf(":");
  try {
    const username = decodeURIComponent(at === -1 ? text : text.slice(0, at));
    const password = at === -1 ? "" : decodeURIComponent(text.slice(at + 1));
    return { username: username || undefined, password: password || undefined };
  } catch (error) {
    // A stray percent sign.
    if (error instanceof URIError) return null;
    throw error;
  }
}
