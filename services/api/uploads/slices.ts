import { Transform, type TransformCallback } from "node:stream";

const DELIMITER = Buffer.from("\r\n--");
/** A valid form has four at most. Elsewhere these four bytes are as rare as any others. */
const DELIMITERS_LIMIT = 8;
const SLICE_BYTES = 1024;

/**
 * Passes a form on, and cuts a chunk with many delimiters into slices. The parser handles a whole chunk before its
 * refusal can stop it: a chunk of 64 KiB with 10,000 parts would take half a second.
 */
export class Slices extends Transform {
  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    if (hasManyDelimiters(chunk)) {
      for (let at = 0; at < chunk.length; at += SLICE_BYTES) this.push(chunk.subarray(at, at + SLICE_BYTES));
    } else {
      this.push(chunk);
    }
    done();
  }
}

function hasManyDelimiters(chunk: Buffer): boolean {
  let found = 0;
  for (let at = chunk.indexOf(DELIMITER); at >= 0; at = chunk.indexOf(DELIMITER, at + DELIMITER.length)) {
    found += 1;
    if (found > DELIMITERS_LIMIT) return true;
  }
  return false;
}
