import { Transform, type TransformCallback } from "node:stream";
import { LIMIT_BYTES } from "../../../contract/media-limits.ts";
import { fileError, type UploadField } from "./file-error.ts";
import { detectType, HEAD_BYTES, isPicture, kindOf, type MediaType, tooLarge } from "./media-types.ts";

/** Passes a file on, and refuses it as soon as it proves to be of a wrong type or too large. */
export class FileCheck extends Transform {
  readonly #admit: (bytes: number) => Promise<void>;
  readonly #field: UploadField;
  #head: Buffer | null = Buffer.alloc(0);
  #type: MediaType | null = null;
  #bytes = 0;

  /** @param admit is told of bytes before they are passed on, and throws to refuse the file */
  constructor(field: UploadField, admit: (bytes: number) => Promise<void>) {
    super();
    this.#field = field;
    this.#admit = admit;
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    try {
      this.#bytes += chunk.length;
      if (this.#head) {
        this.#head = Buffer.concat([this.#head, chunk.subarray(0, HEAD_BYTES)]);
        if (this.#head.length >= HEAD_BYTES) this.#detect();
      }
      const kind = this.#field === "poster" ? "poster" : this.#type && kindOf(this.#type);
      if (kind && this.#bytes > LIMIT_BYTES[kind]) throw tooLarge(kind);
      this.#admit(chunk.length).then(() => done(null, chunk), done);
    } catch (error) {
      done(error as Error);
    }
  }

  override _flush(done: TransformCallback): void {
    try {
      if (this.#bytes === 0) throw fileError("is empty", this.#field);
      if (this.#head) this.#detect();
      done();
    } catch (error) {
      done(error as Error);
    }
  }

  /** The type of the file, once the stream has ended. */
  result(): MediaType {
    return this.#type!;
  }

  #detect(): void {
    this.#type = detectType(this.#head!);
    if (this.#field === "poster" && !isPicture(this.#type)) throw fileError("must be a picture", "poster");
    this.#head = null;
  }
}
