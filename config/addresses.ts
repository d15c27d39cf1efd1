export interface Address {
  host: string;
  port: number;
}

const HOST = /^(?:\[([0-9a-fA-F:.]+)\]|([A-Za-z0-9._-]+))(?::(\d{1,5}))?$/;

/**
 * Parses `HOST:PORT,HOST:PORT`.
 *
 * @returns null for any other text
 */
export function parseAddresses(hosts: string, defaultPort: number): Address[] | null {
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

/** A user and a password; undefined where one is empty or absent. */
export interface Login {
  username: string | undefined;
  password: string | undefined;
}

/**
 * Parses `USER:PASSWORD`, both percent-encoded.
 *
 * @returns null for a stray percent sign
 */
export function parseLogin(text = ""): Login | null {
  const at = text.indexOf(":");
  try {
    const username = decodeURIComponent(at === -1 ? text : text.slice(0, at));
    const password = at === -1 ? "" : decodeURIComponent(text.slice(at + 1));
    return { username: username || undefined, password: password || undefined };
  } catch (error) {
    if (error instanceof URIError) return null;
    throw error;
  }
}
