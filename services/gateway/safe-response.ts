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

  /** @param names of headers that are set already, in lower case */
  function complete(given: Given | undefined, names: string[]): OutgoingHttpHeader[] {
    const headers = flatten(given);
    const known = new Set(names);
    for (let at = 0; at < headers.length; at += 2) known.add((headers[at] as string).toLowerCase());
    for (const { name, key, value } of defaults) if (!known.has(key)) headers.push(name, value);
    return headers;
  }

  function completeOnce(given: OutgoingHttpHeader[]): OutgoingHttpHeader[] {
    const headers = completed.get(given) ?? complete(given, []);
    completed.set(given, headers);
    return headers;
  }

  class SafeResponse<R extends IncomingMessage = IncomingMessage> extends ServerResponse<R> {
    override writeHead(status: number, ...rest: [message?: string | Given, headers?: Given]): this {
      const message = typeof rest[0] === "string" ? rest[0] : undefined;
      const given = typeof rest[0] === "object" ? rest[0] : rest[1];
      const names = this.getHeaderNames();
      const headers = Array.isArray(given) && names.length === 0 ? completeOnce(given) : complete(given, names);
      return message === undefined ? super.writeHead(status, headers) : super.writeHead(status, message, headers);
    }
  }
  return SafeResponse;
}

/** @returns names and values in turn */
function flatten(given: Given | undefined): OutgoingHttpHeader[] {
  if (given === undefined) return [];
  return Array.isArray(given) ? [...given] : (Object.entries(given).flat() as OutgoingHttpHeader[]);
}
