import type { IncomingMessage, OutgoingHttpHeader, OutgoingHttpHeaders } from "node:http";
import { ServerResponse } from "../../lib/http.ts";
import { SAFETY_HEADERS } from "./send.ts";

/** A year. Subdomains are not included, because they are not ours to decide about. */
const HTTPS_ONLY = { "Strict-Transport-Security": "max-age=31536000" };

/** Headers as an object, or as names and values in turn. */
type Given = OutgoingHttpHeaders | OutgoingHttpHeader[];

/**
 * The class of a server's responses, which have all headers that protect visitors. So every answer has them, also those
 * of Node, moleculer-web and socket.io; pages and files set their own policies in place of the API's. The headers are
 * added when the head is written, because setting each by itself takes a tenth of the time of a small answer.
 *
 * @param publicUrl with https, browsers are told to use nothing else
 */
export function safeResponse(publicUrl: string): typeof ServerResponse {
  const defaults = Object.entries({ ...SAFETY_HEADERS, ...(publicUrl.startsWith("https:") && HTTPS_ONLY) }).map(
    ([name, value]) => ({ name, key: name.toLowerCase(), value }),
  );
  /** Lists of headers that are used again and again, those of refusals, with the defaults. */
  const completed = new WeakMap<OutgoingHttpHeader[], OutgoingHttpHeader[]>();

  /** The place of a name among the defaults, as it is written; -1 for other names. Only our own code names headers. */
  const places = new Map<string, number>();

  function placeOf(name: string): number {
    let place = places.get(name);
    if (place === undefined) {
      const key = name.toLowerCase();
      place = defaults.findIndex((header) => header.key === key);
      places.set(name, place);
    }
    return place;
  }

  /** @param names of headers that are set already */
  function complete(own: Given | undefined, names: string[]): OutgoingHttpHeader[] {
    const headers = flatten(own);
    const given = new Set<number>();
    for (const name of names) given.add(placeOf(name));
    for (let at = 0; at < headers.length; at += 2) given.add(placeOf(headers[at] as string));
    for (const [place, { name, value }] of defaults.entries()) if (!given.has(place)) headers.push(name, value);
    return headers;
  }

  function completeOnce(given: OutgoingHttpHeader[]): OutgoingHttpHeader[] {
    const headers = completed.get(given) ?? complete(given, []);
    completed.set(given, headers);
    return headers;
  }

  class SafeResponse<R extends IncomingMessage = IncomingMessage> extends ServerResponse<R> {
    /** Sent as `X-Request-ID`. */
    requestId: string | undefined = undefined;

    override writeHead(status: number, ...rest: [message?: string | Given, headers?: Given]): this {
      const message = typeof rest[0] === "string" ? rest[0] : undefined;
      const given = typeof rest[0] === "object" ? rest[0] : rest[1];
      const names = this.getHeaderNames();
      const all = Array.isArray(given) && names.length === 0 ? completeOnce(given) : complete(given, names);
      const headers = this.requestId === undefined ? all : [...all, "X-Request-ID", this.requestId];
      return message === undefined ? super.writeHead(status, headers) : super.writeHead(status, message, headers);
    }
  }
  return SafeResponse;
}

/** @returns names and values in turn */
function flatten(given: Given | undefined): OutgoingHttpHeader[] {
  if (given === undefined) return [];
  if (Array.isArray(given)) return [...given];
  const headers: OutgoingHttpHeader[] = [];
  for (const name in given) {
    const value = given[name];
    if (value !== undefined) headers.push(name, value);
  }
  return headers;
}
