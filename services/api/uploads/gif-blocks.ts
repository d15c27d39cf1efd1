import { fileError } from "./file-error.ts";

/*
 * A GIF (GIF89a specification) is a header, then blocks: images and extensions, each of which ends with sub-blocks of a
 * length and up to 255 bytes. A trailer ends the file.
 */

const IMAGE = 0x2c;
const EXTENSION = 0x21;
const TRAILER = 0x3b;
const HEADER_BYTES = 13;
const CODES = 4096;

/**
 * Walks the blocks of a GIF, gives it an end if it has none, and cuts off what stands behind its end.
 *
 * @throws InvalidError when pixels of the last frame are missing. Decoders show such a frame without a word.
 */
export function completeGif(bytes: Buffer): Buffer {
  let at = HEADER_BYTES + tableBytes(bytes[10] ?? 0);
  for (;;) {
    const start = at;
    const kind = bytes[at];
    if (kind === TRAILER) return bytes.subarray(0, at + 1);
    if (kind !== IMAGE && kind !== EXTENSION) return ended(bytes.subarray(0, at));
    at += kind === IMAGE ? 11 + tableBytes(bytes[at + 9] ?? 0) : 2;
    const blocks = at;
    while (at < bytes.length && bytes[at] !== 0) at += 1 + bytes[at]!;
    if (at < bytes.length) at += 1;
    else if (kind === EXTENSION) return ended(bytes.subarray(0, start));
    else return ended(Buffer.concat([bytes.subarray(0, blocks), ...wholeData(bytes, start, blocks)]));
  }
}

/** The bytes of a table of colours, by the flags that announce it. */
function tableBytes(flags: number): number {
  return (flags & 0x80) === 0 ? 0 : 3 * 2 ** ((flags & 7) + 1);
}

function ended(bytes: Buffer): Buffer {
  return Buffer.concat([bytes, Buffer.from([TRAILER])]);
}

/** The sub-blocks of an image that is cut off, with an end. @throws InvalidError when pixels are missing */
function wholeData(bytes: Buffer, image: number, blocks: number): Buffer[] {
  const data: Buffer[] = [];
  for (let at = blocks; at < bytes.length; at += 1 + bytes[at]!) data.push(bytes.subarray(at + 1, at + 1 + bytes[at]!));
  const pixels = blocks < bytes.length ? bytes.readUInt16LE(image + 5) * bytes.readUInt16LE(image + 7) : Infinity;
  if (countPixels(Buffer.concat(data), bytes[blocks - 1]!, pixels) < pixels) {
    throw fileError("can't be decoded: its last picture is cut off");
  }
  return [...data.flatMap((block) => [Buffer.from([block.length]), block]), Buffer.from([0])];
}

/**
 * Counts the pixels of compressed data (LZW), without decoding their colours.
 *
 * @param bits of the smallest codes
 * @param limit the count ends here
 */
function countPixels(data: Buffer, bits: number, limit: number): number {
  if (bits < 2 || bits > 8) return 0;
  const [clear, end] = [2 ** bits, 2 ** bits + 1];
  /** The pixels that each code stands for. */
  const lengths = new Uint32Array(CODES).fill(1, 0, clear);
  let [pixels, next, width, last, held, buffer, at] = [0, end + 1, bits + 1, 0, 0, 0, 0];
  while (pixels < limit) {
    while (held < width && at < data.length) {
      buffer |= data[at++]! << held;
      held += 8;
    }
    if (held < width) break;
    const code = buffer & (2 ** width - 1);
    buffer >>>= width;
    held -= width;
    if (code === end || code > next) break;
    if (code === clear) {
      [next, width, last] = [end + 1, bits + 1, 0];
      continue;
    }
    const length = code === next ? last + 1 : lengths[code]!;
    if (last > 0 && next < CODES) {
      lengths[next++] = last + 1;
      if (next === 2 ** width && width < 12) width += 1;
    }
    pixels += length;
    last = length;
  }
  return pixels;
}
