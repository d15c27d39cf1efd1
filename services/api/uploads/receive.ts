import { createWriteStream } from "node:fs";
import { rm } from "node:fs/promises";
import type { IncomingHttpHeaders } from "node:http";
import { type Readable, Transform, type TransformCallback } from "node:stream";
import { pipeline } from "node:stream/promises";
import busboy, { type BusboyFileStream, type BusboyHeaders, type BusboyInstance } from "@fastify/busboy";
import { BadRequestError, InvalidError, RefusedError } from "../../../lib/errors.ts";
import { broken } from "./broken.ts";
import { detectType, HEAD_BYTES, kindOf, MAX_BYTES, type MediaType, refuseTooLarge } from "./kinds.ts";

/** A file that arrived whole. */
export interface Received {
  type: MediaType;
  bytes: number;
  /** The field `alt`, trimmed; null when it was not given or is empty. */
  alt: string | null;
}

export const MAX_ALT = 1000;
/** A character takes at most four bytes. */
const MAX_ALT_BYTES = 4 * MAX_ALT;

/**
 * Receives one upload (`multipart/form-data` with the field `file` and perhaps `alt`) into a file, as it comes: the type
 * is told by the first bytes, and the size counted on the way.
 *
 * @param path where to write; nothing is there when this throws
 * @throws RefusedError 413, 415; InvalidError; BadRequestError when the request breaks off
 */
export async function receiveUpload(headers: IncomingHttpHeaders, body: Readable, path: string): Promise<Received> {
  const form = openForm(headers);
  let alt: string | undefined;
  let part: BusboyFileStream | undefined;
  let file: Promise<{ type: MediaType; bytes: number }> | undefined;
  const parsed = new Promise<void>((resolve, reject) => {
    form.on("field", (name, value, nameTruncated, truncated) => {
      if (name !== "alt" || nameTruncated) reject(unknownField(name));
      else if (alt !== undefined) reject(new InvalidError([{ field: name, message: "must be given once" }]));
      else if (truncated) reject(altTooLong());
      else alt = value;
    });
    form.on("file", (name, stream) => {
      if (name !== "file") return reject(unknownField(name));
      if (part) return reject(tooMany());
      part = stream;
      const inspector = new Inspector();
      file = pipeline(stream, inspector, createWriteStream(path)).then(() => inspector.result());
      file.catch(reject);
    });
    for (const limit of ["partsLimit", "fieldsLimit", "filesLimit"]) form.on(limit, () => reject(tooMany()));
    form.on("finish", resolve);
    form.on("error", () => reject(brokenOff()));
    body.on("error", () => reject(brokenOff()));
    body.on("close", () => {
      if (!body.readableEnded) reject(brokenOff());
    });
  });
  try {
    // Not `pipeline`, which would destroy the request, and with it the way for the answer.
    body.pipe(form);
    await parsed;
    if (!file) throw new InvalidError([{ field: "file", message: "is required" }]);
    return { ...(await file), alt: readAlt(alt) };
  } catch (error) {
    body.unpipe(form);
    part?.destroy();
    // The file must be closed before it goes.
    await file?.catch(() => undefined);
    await rm(path, { force: true });
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
      // A name is only recommended (RFC 7578, section 4.2).
      isPartAFile: (field, _type, filename) => field === "file" || filename !== undefined,
      limits: { files: 2, fields: 3, parts: 5, fieldSize: MAX_ALT_BYTES, fieldNameSize: 100, headerPairs: 20 },
    });
  } catch {
    throw new BadRequestError("The multipart boundary is missing", "MALFORMED_MULTIPART");
  }
}

/** Passes a file on, and refuses it as soon as it is of a wrong type or too large. */
class Inspector extends Transform {
  #head: Buffer | null = Buffer.alloc(0);
  #type: MediaType | null = null;
  #bytes = 0;

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    try {
      this.#bytes += chunk.length;
      if (this.#head) {
        this.#head = Buffer.concat([this.#head, chunk.subarray(0, HEAD_BYTES)]);
        if (this.#head.length >= HEAD_BYTES) this.#detect();
      }
      if (this.#type && this.#bytes > MAX_BYTES[kindOf(this.#type)]) refuseTooLarge(kindOf(this.#type));
      done(null, chunk);
    } catch (error) {
      done(error as Error);
    }
  }

  override _flush(done: TransformCallback): void {
    try {
      if (this.#bytes === 0) throw broken("is empty");
      if (this.#head) this.#detect();
      done();
    } catch (error) {
      done(error as Error);
    }
  }

  result(): { type: MediaType; bytes: number } {
    return { type: this.#type!, bytes: this.#bytes };
  }

  #detect(): void {
    this.#type = detectType(this.#head!);
    this.#head = null;
  }
}

function readAlt(text: string | undefined): string | null {
  const alt = text?.trim() ?? "";
  if ([...alt].length > MAX_ALT) throw altTooLong();
  // eslint-disable-next-line no-control-regex
  if (/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/.test(alt)) {
    throw new InvalidError([{ field: "alt", message: "must not hold control characters" }]);
  }
  return alt === "" ? null : alt;
}

function altTooLong(): InvalidError {
  return new InvalidError([{ field: "alt", message: `must be at most ${MAX_ALT} characters` }]);
}

function unknownField(name: string): BadRequestError {
  const errors = [{ field: name.slice(0, 100), message: "is not a known field" }];
  return new BadRequestError(`Unknown fields: ${name.slice(0, 100)}`, "UNKNOWN_FIELD", errors);
}

function tooMany(): InvalidError {
  return new InvalidError([{ field: "file", message: "must be one, with nothing beside it but alt" }]);
}

function brokenOff(): BadRequestError {
  return new BadRequestError("The upload broke off or is no proper multipart body", "BODY_ABORTED");
}
