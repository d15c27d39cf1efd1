import type { IncomingMessage } from "node:http";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";
import { COMPRESSION_MIN_BYTES } from "./compress.ts";
import { acceptedCoding, type Coding, varyBy } from "./encoding.ts";
import { matchesTag, tagOf } from "./etag.ts";
import type { Reply } from "./reply.ts";

/** Compresses the megabytes of the API's documentation in a quarter of a second. The best quality would take seconds. */
const BROTLI_QUALITY = 9;

/** A reply that is the same for everybody, plain and compressed; null where compression gains nothing. */
export interface StaticReply {
  readonly plain: Reply;
  readonly br: Reply | null;
  readonly gzip: Reply | null;
}

/** Compresses a reply with a text once, for all requests. */
export async function compressReply(reply: Reply): Promise<StaticReply> {
  const body = Buffer.isBuffer(reply.body) ? reply.body : Buffer.from(reply.body as string);
  if (body.length < COMPRESSION_MIN_BYTES) return staticReply({ ...reply, body }, { br: null, gzip: null });
  const params = { [constants.BROTLI_PARAM_QUALITY]: BROTLI_QUALITY };
  const [br, gzipped] = await Promise.all([
    promisify(brotliCompress)(body, { params }),
    promisify(gzip)(body, { level: 9 }),
  ]);
  return staticReply({ ...reply, body }, { br, gzip: gzipped });
}

/** A reply and its compressed bodies. Each form gets an entity tag of its own. */
export function staticReply(
  { body, headers = {}, ...reply }: Reply & { body: Buffer },
  compressed: Readonly<Record<Coding, Buffer | null>>,
): StaticReply {
  const hasForms = compressed.br !== null || compressed.gzip !== null;
  const common = { ...headers, ...(hasForms && { Vary: varyBy("Accept-Encoding", headers["Vary"]) }) };
  const form = (coding: Coding): Reply | null => {
    const bytes = compressed[coding];
    if (bytes === null) return null;
    return { ...reply, body: bytes, headers: { ...common, "Content-Encoding": coding, ETag: tagOf(body, coding) } };
  };
  return {
    plain: { ...reply, body, headers: { ...common, ETag: tagOf(body) } },
    br: form("br"),
    gzip: form("gzip"),
  };
}

/** The form of a reply that the client accepts; 304 without a body if the client has it already. */
export function answerStatic(req: IncomingMessage, { plain, br, gzip }: StaticReply): Reply {
  const { coding, plain: takesPlain } = acceptedCoding(req);
  const chosen = (coding === "br" ? (br ?? (takesPlain ? null : gzip)) : coding === "gzip" ? gzip : null) ?? plain;
  const { ETag, "Content-Type": _type, "Content-Encoding": _coding, ...headers } = chosen.headers!;
  if (!matchesTag(req.headers["if-none-match"], ETag as string)) return chosen;
  return { status: 304, headers: { ...headers, ETag: ETag! } };
}
