import { type IncomingMessage, ServerResponse } from "node:http";
import { SAFETY_HEADERS } from "./send.ts";

/** A year. Subdomains are not included, because they are not ours to decide about. */
const HTTPS_ONLY = { "Strict-Transport-Security": "max-age=31536000" };

/**
 * The class of a server's responses, which begin with all headers that protect visitors. So every answer has them,
 * also those of Node, moleculer-web and socket.io; pages and files then set their own policies in place of the API's.
 *
 * @param publicUrl with https, browsers are told to use nothing else
 */
export function safeResponse(publicUrl: string): typeof ServerResponse {
  const headers = Object.entries({ ...SAFETY_HEADERS, ...(publicUrl.startsWith("https:") && HTTPS_ONLY) });
  class SafeResponse<R extends IncomingMessage = IncomingMessage> extends ServerResponse<R> {
    constructor(req: R) {
      super(req);
      for (const [name, value] of headers) this.setHeader(name, value);
    }
  }
  return SafeResponse;
}
