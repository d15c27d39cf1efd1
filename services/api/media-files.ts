import type { IncomingMessage } from "node:http";
import { call, type Caller } from "../../contract/call.ts";
import { type MediaFile, previewKey } from "../../contract/records.ts";
import { NotFoundError, RefusedError } from "../../lib/errors.ts";
import { normalizeId } from "../../lib/snowflake.ts";
import type { Node } from "../../seams/node.ts";
import { authenticate } from "../gateway/auth.ts";
import { matchesTag } from "../gateway/etag.ts";
import type { Reply } from "../gateway/reply.ts";
import { parseRange } from "./range.ts";

/** A stranger uploaded the file, so nothing in it may run or load anything. */
const UPLOAD_HEADERS = {
  "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox",
  "Content-Disposition": "inline",
};

/** Anyone may show a published file, and keep it: it never changes. */
const PUBLIC_HEADERS = {
  "Cross-Origin-Resource-Policy": "cross-origin",
  "Cache-Control": "public, max-age=31536000, immutable",
};

/** The owner's cookie must not show other sites an upload that is not published yet. */
const PRIVATE_HEADERS = { "Cross-Origin-Resource-Policy": "same-origin", "Cache-Control": "private, no-store" };

/** A file to serve. */
interface File {
  key: string;
  contentType: string;
  bytes: number;
  /** Whether a tweet or a profile shows the file. */
  isPublic: boolean;
}

/** The file itself, or its preview. */
export type Which = "whole" | "preview";

function missing(): NotFoundError {
  return new NotFoundError("There is no such picture or video");
}

/** Makes the function that serves the files of media: to anyone once they are used, before that to their owners alone. */
export function createFileServer({ config, leases, media }: Pick<Node, "config" | "leases" | "media">) {
  async function find(caller: Caller, req: IncomingMessage, idGiven: string, which: Which): Promise<File> {
    const id = normalizeId(idGiven);
    if (id === null) throw missing();
    const found = await call(caller, "media.file", { id });
    const file = found ?? (await findOwn(caller, req, id));
    const isPublic = found !== null;
    return which === "whole"
      ? { key: id, contentType: file.contentType, bytes: file.bytes, isPublic }
      : { key: previewKey(id), contentType: "image/webp", bytes: file.previewBytes, isPublic };
  }

  /**
   * Finds an upload of the caller. Callers are authenticated only here, since almost all of these requests are for
   * public files, and to look up their sessions would double the cost.
   */
  async function findOwn(caller: Caller, req: IncomingMessage, id: string): Promise<MediaFile> {
    const session = await authenticate(caller, req, {
      required: false,
      site: config,
      sessions: leases.copies("sessions"),
    });
    if (!session) throw missing();
    return call(caller, "media.ownFile", { id, ownerId: session.userId });
  }

  async function serve(req: IncomingMessage, { key, contentType, bytes, isPublic }: File): Promise<Reply> {
    const tag = `"${key}"`;
    const headers = {
      ...UPLOAD_HEADERS,
      ...(isPublic ? PUBLIC_HEADERS : PRIVATE_HEADERS),
      "Content-Type": contentType,
      "Accept-Ranges": "bytes",
      ETag: tag,
    };
    if (matchesTag(req.headers["if-none-match"], tag)) return { status: 304, headers };
    const condition = req.headers["if-range"];
    const applies = req.method === "GET" && (condition === undefined || condition === tag);
    const range = parseRange(applies ? req.headers.range : undefined, bytes);
    if (range === "unsatisfiable") {
      throw new RefusedError(`The file has ${bytes} bytes`, 416, "RANGE_NOT_SATISFIABLE", {
        headers: { "Content-Range": `bytes */${bytes}` },
      });
    }
    const part = range === "whole" ? undefined : range;
    const length = part ? part.end - part.start + 1 : bytes;
    const body = req.method === "HEAD" ? "" : await media.get(key, part);
    if (body === null) throw missing();
    return {
      status: part ? 206 : 200,
      body,
      headers: {
        ...headers,
        "Content-Length": `${length}`,
        ...(part && { "Content-Range": `bytes ${part.start}-${part.end}/${bytes}` }),
      },
    };
  }

  /** @throws NotFoundError, UnauthorizedError for a bad token; RefusedError 416 */
  return async (caller: Caller, req: IncomingMessage, id: string, which: Which): Promise<Reply> =>
    serve(req, await find(caller, req, id, which));
}
