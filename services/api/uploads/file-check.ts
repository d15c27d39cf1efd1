import { Transform, type TransformCallback } from "node:stream";
import { fileError } from "./file-error.ts";
import { detectType, HEAD_BYTES, kindOf, MAX_BYTES, type MediaType, refuseTooLarge } from "./media-types.ts";

/** Passes a file on, and refuses it as soon as it proves to be of a wrong type or too large. */
export class FileCheck extends Transform {
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
      if (this.#bytes === 0) throw fileError("is empty");
      if (this.#head) this.#detect();
      done();
    } catch (error) {
      done(error as Error);
    }
  }

  /** The type and size of the file, once the stream has ended. */
  result(): { type: MediaType; bytes: number } {
    return { type: this.#type!, bytes: this.#bytes };
  }

  #detect(): void {
    this.#type = detectType(this.#head!);
    this.#head = null;
  }
}
