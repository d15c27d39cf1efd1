import type { IncomingMessage } from "node:http";
import { isIP, isIPv6 } from "node:net";

/**
 * Whom a request without a session is counted as: the client's address, of an IPv6 address the first half. A provider
 * gives each customer at least a whole /64, so that one of them has 2^64 addresses to come from.
 *
 * @param trusted how many proxies stand in front, each of which appended to X-Forwarded-For; more entries than that
 *   are the client's own words
 */
export function addressOf(req: Pick<IncomingMessage, "headers" | "socket">, trusted: number): string {
  const direct = req.socket.remoteAddress ?? "unknown";
  if (trusted === 0) return networkOf(direct);
  const header = req.headers["x-forwarded-for"];
  const chain = (Array.isArray(header) ? header.join(",") : (header ?? "")).split(",").map(withoutPort);
  const told = chain.at(-trusted);
  return networkOf(told !== undefined && isIP(told) !== 0 ? told : direct);
}

/** Some proxies append the port, too: `192.0.2.1:4711`, `[2001:db8::1]:4711`. */
function withoutPort(entry: string): string {
  const text = entry.trim();
  return /^\[(.+)\](?::\d+)?$/.exec(text)?.[1] ?? /^([\d.]+):\d+$/.exec(text)?.[1] ?? text;
}

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
