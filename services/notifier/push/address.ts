import { type LookupAddress, lookup } from "node:dns";
import { BlockList, isIP, type LookupFunction } from "node:net";

/** RFC 8030 sets no limit; the longest in use have about 500 characters. */
const LONGEST_ENDPOINT = 2048;
/** Below it, apart from that of https, are the ports of other protocols. */
const FIRST_FREE_PORT = 1024;

/** What is not on the public internet: the special-purpose registry of IANA for IPv4 (RFC 6890), and multicast. */
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

/** Of IPv6 only global unicast is public; what embeds an IPv4 address (mapped, NAT64, 6to4, Teredo) is not. */
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

/** The endpoint's host is none that a stranger may have this server connect to. */
export class ForbiddenAddressError extends Error {
  override name = "ForbiddenAddressError";
}

/** Whether an IP address may be connected to. */
export function isAllowedAddress(address: string, allowLoopback: boolean): boolean {
  const family = isIP(address);
  if (family === 0) return false;
  if (allowLoopback && isLoopback(address)) return true;
  if (family === 4) return !NOT_PUBLIC_V4.check(address, "ipv4");
  return GLOBAL_V6.check(address, "ipv6") && !NOT_PUBLIC_V6.check(address, "ipv6");
}

/**
 * What is wrong with the address of a push service, as far as it can be seen without asking DNS: that is done at each
 * connect, since names can be made to point elsewhere at any time.
 *
 * @param allowLoopback for tests: this machine's own addresses, there also with plain http
 * @returns null when nothing is
 */
export function faultOfEndpoint(endpoint: string, allowLoopback: boolean): string | null {
  if (endpoint.length > LONGEST_ENDPOINT) return `must be at most ${LONGEST_ENDPOINT} characters`;
  if (!URL.canParse(endpoint)) return "must be a URL";
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

/** A URL's host, an IPv6 address without its brackets. */
function hostOf(url: URL): string {
  return url.hostname.replace(/^\[(.*)\]$/, "$1");
}

/**
 * The DNS lookup of connections to push services: what it resolves to is what is connected to, so nothing can change
 * between the check and the connection.
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
