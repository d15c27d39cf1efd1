import type { IncomingMessage } from "node:http";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import type { Reply } from "./reply.ts";

/** Smaller files gain nothing from compression. */
export const COMPRESSION_MIN_BYTES = 1024;

/** A reply that is the same for everybody, and the same compressed; null if it is too small. */
export interface StaticReply {
  readonly plain: Reply;
  readonly gzipped: Reply | null;
}

/** Compresses a reply with a text once, for all requests. */
export async function compressReply(reply: Reply): Promise<StaticReply> {
  const body = Buffer.isBuffer(reply.body) ? reply.body : Buffer.from(reply.body as string);
  if (body.length < COMPRESSION_MIN_BYTES) return { plain: reply, gzipped: null };
  return staticReply({ ...reply, body }, await promisify(gzip)(body, { level: 9 }));
}

/** A reply and its compressed body, which is null if compression gains nothing. */
export function staticReply(reply: Reply, gzipped: Buffer | null): StaticReply {
  if (gzipped === null) return { plain: reply, gzipped };
  const headers = { ...reply.headers, Vary: "Accept-Encoding" };
  return {
    plain: { ...reply, headers },
    gzipped: { ...reply, body: gzipped, headers: { ...headers, "Content-Encoding": "gzip" } },
  };
}

/** The form of a reply that the client accepts. */
export function chooseEncoding(req: IncomingMessage, { plain, gzipped }: StaticReply): Reply {
  return gzipped && acceptsGzip(req) ? gzipped : plain;
}

function acceptsGzip({ headers }: Pick<IncomingMessage, "headers">): boolean {
  return /\bgzip\b(?!\s*;\s*q=0(?:\.0*)?(?:\s*,|\s*$))/.test(String(headers["accept-encoding"] ?? ""));
}
