import type { ServerResponse } from "node:http";
import { varyBy } from "./encoding.ts";
import { matchesTag } from "./etag.ts";
import type { Json } from "./json.ts";
import type { Reply } from "./reply.ts";

/** A reply with JSON gets its entity tag, and is a 304 without a body if the client has it already. */
export function tagged({ req }: ServerResponse, { status, body, headers }: Reply & { body: Json }): Reply {
  const own = { ...headers, ETag: `W/${body.tag}` };
  if (status === 200 && matchesTag(req.headers["if-none-match"], body.tag)) {
    return { status: 304, headers: { ...own, Vary: varyBy("Accept-Encoding", headers?.["Vary"]) } };
  }
  return { status, body: body.text, headers: own };
}
