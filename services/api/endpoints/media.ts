import type { IncomingMessage } from "node:http";
import { z } from "zod";
import { NotFoundError, RefusedError } from "../../../lib/errors.ts";
import { type MediaFile, previewKey } from "../../../contract/records.ts";
import { normalizeId } from "../../../lib/snowflake.ts";
import { call, type Caller } from "../../../contract/call.ts";
import { Media } from "../../../contract/shapes.ts";
import { ALT_LIMIT_CHARACTERS, AltText } from "../uploads/alt-text.ts";
import { createUploads } from "../uploads/upload.ts";
import type { Node } from "../../../seams/node.ts";
import { endpoint, IdParams } from "../endpoint.ts";
import { authenticate } from "../../gateway/auth.ts";
import { type Reply } from "../../gateway/reply.ts";
import { matchesTag, parseRange } from "../range.ts";

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

/** Bytes, as OpenAPI describes them. */
const Binary = z.string().meta({ format: "binary" });

/** A file to serve. */
interface File {
  key: string;
  contentType: string;
  bytes: number;
  /** Whether a tweet or a profile shows the file. */
  isPublic: boolean;
}

/** The file itself, or its preview. */
type Which = "whole" | "preview";

function missing(): NotFoundError {
  return new NotFoundError("There is no such picture or video");
}

/** Uploads, and the files themselves. */
export function mediaEndpoints({ config, media }: Pick<Node, "config" | "media">) {
  const upload = createUploads({ config, media });

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
    const session = await authenticate(caller, req, { required: false, publicUrl: config.publicUrl });
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

  const files = (which: Which) =>
    endpoint({
      method: "GET",
      path: which === "whole" ? "/media/:id" : "/media/:id/preview",
      summary: which === "whole" ? "A picture or video" : "A preview of a picture or video, as WebP",
      description:
        "The file never changes. `Range` selects a part of it. Anyone may fetch the file once a tweet or a profile " +
        "shows it. Until then only its owner may, with a token or the cookie, and others get 404.",
      tag: "Media",
      auth: "none",
      limit: "media",
      params: IdParams,
      replies: {
        200: { description: "The file", contentType: which === "whole" ? "*/*" : "image/webp", schema: Binary },
        206: {
          description: "The requested part",
          contentType: which === "whole" ? "*/*" : "image/webp",
          schema: Binary,
        },
        304: { description: "The client's copy is current" },
      },
      errors: [401, 404, 416],
      handle: async ({ caller, req, params }) => serve(req, await find(caller, req, params.id, which)),
    });

  return [
    endpoint({
      method: "POST",
      path: "/media",
      summary: "Upload a picture or video, for a tweet or as the caller's avatar",
      description:
        "Pictures (JPEG, PNG, WebP, GIF, at most 10 MiB) are turned upright, scaled down to at most 4096 pixels on a " +
        "side, and lose all metadata. Videos (MP4, WebM, at most 100 MiB) keep their size and frames, but everything " +
        "that browsers don't need is overwritten: places, dates, titles, tags, names of devices, tracks that are " +
        "neither pictures nor sound. Only the uploader may fetch an upload until a tweet or a profile shows it. " +
        "Unused uploads are deleted after a day. A user may upload four files at once; more wait, or get 429.",
      tag: "Media",
      auth: "required",
      limit: "upload",
      form: z.object({
        alt: z
          .string()
          .max(ALT_LIMIT_CHARACTERS)
          .optional()
          .meta({ description: "a description for people who can't see the picture or video" }),
        file: Binary,
      }),
      replies: { 201: { description: "The upload is stored and can be used", schema: Media } },
      errors: [400, 408, 413, 415, 422],
      async handle({ caller, session, req, present }) {
        return { status: 201, body: present.media(await upload(caller, session.userId, req)) };
      },
    }),

    endpoint({
      method: "PATCH",
      path: "/media/:id",
      summary: "Change the description of an upload that is not used yet",
      description: "For clients that upload while the author is still writing the tweet.",
      tag: "Media",
      auth: "required",
      limit: "write",
      params: IdParams,
      body: z.strictObject({ alt: AltText.nullable() }),
      replies: { 200: { description: "The updated upload", schema: Media } },
      errors: [404, 409],
      async handle({ caller, session, params, body, present }) {
        const id = normalizeId(params.id);
        if (id === null) throw new NotFoundError("You have no such upload");
        const alt = body.alt?.trim() || null;
        const described = await call(caller, "media.describe", { id, ownerId: session.userId, alt });
        return { status: 200, body: present.media(described) };
      },
    }),

    files("whole"),
    files("preview"),
  ];
}
