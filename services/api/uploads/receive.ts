import { createWriteStream } from "node:fs";
import { rm } from "node:fs/promises";
import type { IncomingHttpHeaders } from "node:http";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import busboy, { type BusboyFileStream, type BusboyHeaders, type BusboyInstance } from "@fastify/busboy";
import { z } from "zod";
import { ALT_LIMIT_CHARACTERS } from "../../../contract/lengths.ts";
import { LIMIT_BYTES } from "../../../contract/media-limits.ts";
import { BadRequestError, InvalidError, RefusedError } from "../../../lib/errors.ts";
import { parseInput } from "../../gateway/request.ts";
import { AltText } from "./alt-text.ts";
import { FileCheck } from "./file-check.ts";
import { fileError, type UploadField } from "./file-error.ts";
import { type MediaType, type PictureType, tooLarge } from "./media-types.ts";
import { Slices } from "./slices.ts";

/** A file that arrived whole. */
interface Received {
  type: MediaType;
  /** The type of the field `poster`; null if it is missing. */
  poster: PictureType | null;
  /** The trimmed field `alt`; null if it is missing or empty. */
  alt: string | null;
}

/** The form's fields besides the files. */
const Fields = z.object({ alt: AltText });
/** A character takes at most four bytes. */
const ALT_LIMIT_BYTES = 4 * ALT_LIMIT_CHARACTERS;

/** The most bytes of the form around its files: `alt`, a few headers and boundaries. */
const FORM_LIMIT_BYTES = 65_536;

/** The path of the poster that comes with an upload. */
export function posterPath(path: string): string {
  return `${path}.poster`;
}

/**
 * Streams one upload (`multipart/form-data` with the field `file`, and optionally `alt` and `poster`) into files. The
 * types are detected by the first bytes, and the sizes are checked while the files arrive.
 *
 * @param path the file to write, and {@link posterPath} for the poster; both are removed again before this throws
 * @param admit is told of bytes of the file before they are written, and throws to refuse the file
 * @throws RefusedError 413, 415; InvalidError; BadRequestError if the request ends early or is malformed
 */
export async function receiveUpload(
  headers: IncomingHttpHeaders,
  body: Readable,
  path: string,
  admit: (bytes: number) => Promise<void> = () => Promise.resolve(),
): Promise<Received> {
  const form = openForm(headers);
  // The client may be gone by the time that its upload has a place, and then no event would tell.
  if (body.destroyed) throw unreadable();
  let alt: string | undefined;
  const files = new Map<UploadField, { part: BusboyFileStream; type: Promise<MediaType> }>();
  const slices = new Slices();
  const parsed = new Promise<void>((resolve, fail) => {
    const reject = (error: Error) => {
      // At once: the parser would handle what has arrived already.
      slices.unpipe(form);
      fail(error);
    };
    form.on("field", (name, value, nameTruncated, truncated) => {
      if (name !== "alt" || nameTruncated) reject(unknownField(name));
      else if (alt !== undefined) reject(new InvalidError([{ field: name, message: "must be given once" }]));
      else if (truncated) reject(altTooLong());
      else alt = value;
    });
    form.on("file", (name, stream) => {
      if (name !== "file" && name !== "poster") return reject(unknownField(name));
      if (files.has(name)) return reject(tooMany());
      const check = new FileCheck(name, admit);
      const target = createWriteStream(name === "file" ? path : posterPath(path));
      const type = pipeline(stream, check, target).then(() => check.result());
      files.set(name, { part: stream, type });
      type.catch(reject);
    });
    for (const limit of ["partsLimit", "fieldsLimit", "filesLimit"]) form.on(limit, () => reject(tooMany()));
    form.on("finish", resolve);
    form.on("error", () => reject(unreadable()));
    body.on("error", () => reject(unreadable()));
    body.on("close", () => {
      if (!body.readableEnded) reject(unreadable());
    });
    let arrived = 0;
    body.on("data", (chunk: Buffer) => {
      arrived += chunk.length;
      if (arrived > LIMIT_BYTES.video + LIMIT_BYTES.poster + FORM_LIMIT_BYTES) reject(tooLarge("video"));
    });
  });
  try {
    // `pipeline` would destroy the request, and with it the connection that the answer needs.
    body.pipe(slices).pipe(form);
    await parsed;
    const type = await files.get("file")?.type;
    if (!type) throw fileError("is required");
    const poster = (await files.get("poster")?.type) ?? null;
    return { type, poster: poster as PictureType | null, alt: readAlt(alt) };
  } catch (error) {
    body.unpipe(slices);
    for (const { part, type } of files.values()) {
      part.destroy();
      // The file must be closed before its removal.
      await type.catch(() => undefined);
    }
    await Promise.all([path, posterPath(path)].map((written) => rm(written, { force: true })));
    throw error;
  }
}

function openForm(headers: IncomingHttpHeaders): BusboyInstance {
  const contentType = headers["content-type"] ?? "";
  if (!/^multipart\/form-data\s*(;|$)/i.test(contentType)) {
    throw new RefusedError("The body must be multipart/form-data with the field file", 415, "UNSUPPORTED_MEDIA_TYPE");
  }
  try {
    return new busboy.Busboy({
      headers: headers as BusboyHeaders,
      // A file may come without a name, because RFC 7578 only recommends one (section 4.2).
      isPartAFile: (field, _type, filename) => field === "file" || field === "poster" || filename !== undefined,
      limits: {
        // One more than a valid form has, so that the refusal can say what is wrong.
        ...{ files: 3, fields: 3, parts: 6 },
        fieldSize: ALT_LIMIT_BYTES,
        // The names and types of a part. A file name has at most 255 characters on most disks.
        ...{ fieldNameSize: 100, headerPairs: 20, headerSize: 8192 },
      },
    });
  } catch {
    throw new BadRequestError("The multipart boundary is missing", "MALFORMED_MULTIPART");
  }
}

function readAlt(text: string | undefined): string | null {
  if (text === undefined) return null;
  // Forms send each line end as two characters, which the writer's field counts as one.
  const alt = text.replaceAll("\r\n", "\n");
  // Checked before trimming, as in `PATCH /media/:id`: trimming would hide control characters at the ends.
  return parseInput(Fields, { alt }).alt.trim() || null;
}

function altTooLong(): InvalidError {
  return new InvalidError([{ field: "alt", message: `must be at most ${ALT_LIMIT_CHARACTERS} characters` }]);
}

/** @param name is missing in a part without one, whatever the types of the parser say */
function unknownField(name: string | undefined): BadRequestError {
  const field = name?.slice(0, 100) ?? "";
  return new BadRequestError(`Unknown fields: ${field}`, "UNKNOWN_FIELD", [{ field, message: "is not a known field" }]);
}

function tooMany(): InvalidError {
  return fileError("must be the only file besides a poster, and alt the only other field");
}

function unreadable(): BadRequestError {
  return new BadRequestError("The upload ended too early, or is not a valid multipart body", "BODY_ABORTED");
}
