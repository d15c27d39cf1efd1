import { Transform, type TransformCallback } from "node:stream";
import { fileError } from "./file-error.ts";
import { detectType, HEAD_BYTES, kindOf, MAX_BYTES, type MediaType, tooLarge } from "./media-types.ts";

/** Passes a file on, and refuses it as soon as it proves to be of a wrong type or too large. */
export class FileCheck extends Transform {
  readonly #admit: (bytes: number) => Promise<void>;
  #head: Buffer | null = Buffer.alloc(0);
  #type: MediaType | null = null;
  #bytes = 0;

  /** @param admit is told of bytes before they are passed on, and throws to refuse the file */
  constructor(admit: (bytes: number) => Promise<void>) {
    super();
    this.#admit = admit;
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    try {
      this.#bytes += chunk.length;
      if (this.#head) {
        this.#head = Buffer.concat([this.#head, chunk.subarray(0, HEAD_BYTES)]);
        if (this.#head.length >= HEAD_BYTES) this.#detect();
      }
      if (this.#type && this.#bytes > MAX_BYTES[kindOf(this.#type)]) throw tooLarge(kindOf(this.#type));
      this.#admit(chunk.length).then(() => done(null, chunk), done);
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
