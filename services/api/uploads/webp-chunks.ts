/*
 * A WebP (RFC 9649) is a RIFF file: a size, then chunks of a type, a size and content, padded to an even length.
 */

const HEADER_BYTES = 12;
const METADATA = new Set(["EXIF", "XMP "]);

/**
 * Makes the sizes of a WebP that ends too early those of what is there: its decoder refuses any other, even if nothing
 * is missing but a byte of padding, or a part of the metadata at the end.
 */
export function completeWebp(bytes: Buffer): Buffer {
  if (bytes.readUInt32LE(4) + 8 <= bytes.length) return bytes;
  let end = HEADER_BYTES;
  const whole = Buffer.concat([bytes, Buffer.alloc(1)]);
  while (end + 8 <= bytes.length) {
    const type = bytes.toString("latin1", end, end + 4);
    const size = bytes.readUInt32LE(end + 4);
    const left = bytes.length - end - 8;
    if (size > left) {
      if (METADATA.has(type)) break;
      whole.writeUInt32LE(left, end + 4);
    }
    const content = Math.min(size, left);
    end += 8 + content + (content % 2);
  }
  whole.writeUInt32LE(end - 8, 4);
  return whole.subarray(0, end);
}
