import type { IncomingMessage } from "node:http";
import { isIP, isIPv6 } from "node:net";

/**
 * The key by which limits count a request without a session: the client's IPv4 address, or the first half of its IPv6
 * address. Providers give each customer at least a whole /64, so a single customer can use 2^64 addresses.
 *
 * @param trusted the number of proxies in front of this server, each of which appends to X-Forwarded-For; any earlier
 *   entries may be forged by the client
 */
export function addressOf(req: Pick<IncomingMessage, "headers" | "socket">, trusted: number): string {
  const direct = req.socket.remoteAddress ?? "unknown";
  if (trusted === 0) return networkOf(direct);
  const header = req.headers["x-forwarded-for"];
  const chain = (Array.isArray(header) ? header.join(",") : (header ?? "")).split(",").map(withoutPort);
  const forwarded = chain.at(-trusted);
  return networkOf(forwarded !== undefined && isIP(forwarded) !== 0 ? forwarded : direct);
}

/** Drops the port, which some proxies append: `192.0.2.1:4711`, `[2001:db8::1]:4711`. */
function withoutPort(entry: string): string {
  const text = entry.trim();
  return /^\[(.+)\](?::\d+)?$/.exec(text)?.[1] ?? /^([\d.]+):\d+$/.exec(text)?.[1] ?? text;
}

/** The first half of an IPv6 address, or a whole IPv4 address, even one that is written as IPv6. */
function networkOf(address: string): string {
  const mapped = /^::ffff:([\d.]+)$/i.exec(address)?.[1];
  if (mapped !== undefined) return mapped;
  if (!isIPv6(address)) return address;
  const [before = "", after] = address.split("%")[0]!.split("::");
  const groups = (part: string) => (part === "" ? [] : part.split(":"));
  const [head, tail] = [groups(before), groups(after ?? "")];
  const zeros = Array<string>(Math.max(0, 8 - head.length - tail.length)).fill("0");
  const network = [...head, ...zeros, ...tail].slice(0, 4).map((group) => parseInt(group, 16).toString(16));
  return `${network.join(":")}::/64`;
}
