import type { IncomingHttpHeaders } from "node:http";

/** Long enough for the ids of every proxy and trace format, and nothing that means something in a log. */
const REQUEST_ID = /^[\w-]{1,64}$/;

/** The id that the client, or a proxy, gave its request; undefined without one, or if others could not read it safely. */
export function requestIdOf({ "x-request-id": given }: IncomingHttpHeaders): string | undefined {
  return typeof given === "string" && REQUEST_ID.test(given) ? given : undefined;
}
