import { type LookupAddress, lookup } from "node:dns";
import { BlockList, isIP, type LookupFunction } from "node:net";

/** Maximum number of characters of an endpoint. RFC 8030 sets no limit; the longest in use have about 500. */
const ENDPOINT_LIMIT = 2048;
/** Ports below this one belong to other protocols. Of these ports, only that of https is allowed. */
const FIRST_FREE_PORT = 1024;

/** IPv4 networks that are not on the public internet: IANA's special-purpose registry (RFC 6890), and multicast. */
const NOT_PUBLIC_V4 = new BlockList();
for (const [network, prefix] of [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.0.2.0", 24],
  ["192.88.99.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["198.51.100.0", 24],
  ["203.0.113.0", 24],
  ["224.0.0.0", 4],
  ["240.0.0.0", 4],
] as const) {
  NOT_PUBLIC_V4.addSubnet(network, prefix, "ipv4");
}

/**
 * In IPv6, only global unicast is public. Addresses that embed an IPv4 address (mapped, NAT64, 6to4, Teredo) are
 * refused, because the embedded address could be a private one.
 */
const GLOBAL_V6 = new BlockList();
GLOBAL_V6.addSubnet("2000::", 3, "ipv6");
const NOT_PUBLIC_V6 = new BlockList();
for (const [network, prefix] of [
  ["2001::", 23],
  ["2001:db8::", 32],
  ["2002::", 16],
  ["3fff::", 20],
] as const) {
  NOT_PUBLIC_V6.addSubnet(network, prefix, "ipv6");
}

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet("127.0.0.0", 8, "ipv4");
LOOPBACK.addAddress("::1", "ipv6");

/** A stranger's endpoint leads to an address that this server must not connect to. */
class ForbiddenAddressError extends Error {
  override name = "ForbiddenAddressError";
}

/** Whether this server may connect to an IP address. @param allowLoopback as for {@link faultOfEndpoint} */
export function isAllowedAddress(address: string, allowLoopback: boolean): boolean {
  const family = isIP(address);
  if (family === 0) return false;
  if (allowLoopback && isLoopback(address)) return true;
  if (family === 4) return !NOT_PUBLIC_V4.check(address, "ipv4");
  return GLOBAL_V6.check(address, "ipv6") && !NOT_PUBLIC_V6.check(address, "ipv6");
}

/**
 * Checks the address of a push service without DNS. {@link createSafeLookup} checks the resolved address at each
 * connect, because a name can be made to point elsewhere at any time.
 *
 * @param allowLoopback for tests: also allows this machine's own addresses, even with plain http
 * @returns the fault, worded to follow the field's name; null when there is none
 */
export function faultOfEndpoint(endpoint: string, allowLoopback: boolean): string | null {
  if (endpoint.length > ENDPOINT_LIMIT) return `must be at most ${ENDPOINT_LIMIT} characters`;
  // Browsers give the address encoded. A URL parser would silently drop controls, tabs and line ends from any other.
  if (/[^!-~]/.test(endpoint) || !URL.canParse(endpoint)) return "must be a URL";
  const url = new URL(endpoint);
  const host = hostOf(url);
  const isOwn = allowLoopback && (host === "localhost" || isLoopback(host));
  if (url.protocol !== "https:" && !(isOwn && url.protocol === "http:")) return "must begin with https://";
  if (url.username !== "" || url.password !== "") return "must not hold a name or a password";
  if (url.port !== "" && Number(url.port) < FIRST_FREE_PORT) return "has a port that no push service uses";
  const isLocalName = /(^|\.)(localhost|local|internal|home\.arpa)\.?$/.test(host) || !/[.:]/.test(host);
  if (!isOwn && (isIP(host) === 0 ? isLocalName : !isAllowedAddress(host, allowLoopback))) {
    return "must be the address of a push service on the public internet";
  }
  return null;
}

function isLoopback(host: string): boolean {
  const family = isIP(host);
  return family !== 0 && LOOPBACK.check(host, family === 4 ? "ipv4" : "ipv6");
}

/** A URL's host; an IPv6 address without the brackets. */
function hostOf(url: URL): string {
  return url.hostname.replace(/^\[(.*)\]$/, "$1");
}

/**
 * A DNS lookup that fails with ForbiddenAddressError when no resolved address is allowed. The connection uses the very
 * address that was checked, so that nothing can change in between.
 */
export function createSafeLookup(allowLoopback: boolean): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, found: LookupAddress[]) => {
      const allowed = error ? [] : found.filter(({ address }) => isAllowedAddress(address, allowLoopback));
      const [first] = allowed;
      if (error || !first) {
        callback(error ?? new ForbiddenAddressError(`${hostname} is not on the public internet`), "", 0);
      } else if (options.all) callback(null, allowed);
      else callback(null, first.address, first.family);
    });
  };
}
