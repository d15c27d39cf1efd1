import { promisify } from "node:util";
import { brotliCompress, brotliCompressSync, constants, gzip, gzipSync } from "node:zlib";
import type { Coding } from "./encoding.ts";

/** Smaller bodies gain nothing: with its headers, a compressed answer still takes one packet. */
export const COMPRESSION_MIN_BYTES = 1024;

/**
 * The levels for answers that are compressed when they are sent. For a page of 30 tweets both take about 0.15 ms, and
 * higher levels double that for 1 to 4 % less.
 */
const BROTLI_QUALITY = 3;
const GZIP_LEVEL = 6;
/** Larger windows gain nothing for bodies of some kilobytes, and take megabytes to set up. */
const BROTLI_WINDOW_BITS = 18;

/**
 * Up to this size, the event loop compresses by itself, within 0.5 ms: passing the work to a thread would take the event
 * loop longer.
 */
const AT_ONCE_LIMIT_BYTES = 32 * 1024;
/** Larger bodies are compressed by threads, which other work shares. Beyond this many, answers are sent as they are. */
const IN_THREADS_LIMIT = 16;
let inThreads = 0;

const brotliOptions = (bytes: number) => ({
  params: {
    [constants.BROTLI_PARAM_QUALITY]: BROTLI_QUALITY,
    [constants.BROTLI_PARAM_LGWIN]: BROTLI_WINDOW_BITS,
    [constants.BROTLI_PARAM_SIZE_HINT]: bytes,
  },
});

/** Compresses a body that the event loop can compress at once. @returns null for larger ones */
export function compressAtOnce(body: Buffer, coding: Coding): Buffer | null {
  if (body.length > AT_ONCE_LIMIT_BYTES) return null;
  return coding === "br" ? brotliCompressSync(body, brotliOptions(body.length)) : gzipSync(body, { level: GZIP_LEVEL });
}

/** Compresses a large body in another thread. @returns null if the threads have enough to do */
export async function compressInThread(body: Buffer, coding: Coding): Promise<Buffer | null> {
  if (inThreads >= IN_THREADS_LIMIT) return null;
  inThreads++;
  try {
    return coding === "br"
      ? await promisify(brotliCompress)(body, brotliOptions(body.length))
      : await promisify(gzip)(body, { level: GZIP_LEVEL });
  } finally {
    inThreads--;
  }
}
