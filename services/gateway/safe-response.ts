import { type IncomingMessage, type OutgoingHttpHeader, type OutgoingHttpHeaders, ServerResponse } from "node:http";
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
  const completed = new WeakMap<readonly OutgoingHttpHeader[], OutgoingHttpHeader[]>();

  function complete(given: Given | undefined, known: Set<string>): OutgoingHttpHeader[] {
    const headers = flatten(given);
    for (let at = 0; at < headers.length; at += 2) known.add((headers[at] as string).toLowerCase());
    for (const { name, key, value } of defaults) if (!known.has(key)) headers.push(name, value);
    return headers;
  }

  class SafeResponse<R extends IncomingMessage = IncomingMessage> extends ServerResponse<R> {
    override writeHead(status: number, ...rest: [message?: string | Given, headers?: Given]): this {
      const message = typeof rest[0] === "string" ? rest[0] : undefined;
      const given = typeof rest[0] === "object" ? rest[0] : rest[1];
      const before = this.getHeaderNames();
      let headers = Array.isArray(given) && before.length === 0 ? completed.get(given) : undefined;
      if (!headers) {
        headers = complete(given, new Set(before));
        if (Array.isArray(given) && before.length === 0) completed.set(given, headers);
      }
      return message === undefined ? super.writeHead(status, headers) : super.writeHead(status, message, headers);
    }
  }
  return SafeResponse;
}

/** @returns names and values in turn */
function flatten(given: Given | undefined): OutgoingHttpHeader[] {
  if (given === undefined) return [];
  return Array.isArray(given) ? [...given] : (Object.entries(given).flat(1) as OutgoingHttpHeader[]);
}
