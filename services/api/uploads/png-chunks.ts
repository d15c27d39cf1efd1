import { once } from "node:events";
import { crc32, createInflate } from "node:zlib";

const PNG_SIGNATURE = Buffer.from("\x89PNG\r\n\x1a\n", "latin1");

/** A chunk of a PNG. The last one of a file that is cut off has less data than it states. */
export interface Chunk {
  type: string;
  data: Buffer;
  isWhole: boolean;
  /** Whether the checksum of a whole chunk is right. */
  isIntact: boolean;
}

/** Reads the chunks of a PNG up to `IEND`. Whatever stands behind is no part of the picture. */
export function readChunks(bytes: Buffer): Chunk[] {
  const chunks: Chunk[] = [];
  for (let at = PNG_SIGNATURE.length; at + 8 <= bytes.length;) {
    const end = at + 8 + bytes.readUInt32BE(at);
    const type = bytes.toString("latin1", at + 4, at + 8);
    const isWhole = end + 4 <= bytes.length;
    const isIntact = isWhole && crc32(bytes.subarray(at + 4, end)) === bytes.readUInt32BE(end);
    chunks.push({ type, data: bytes.subarray(at + 8, end), isWhole, isIntact });
    if (type === "IEND") break;
    at = end + 4;
  }
  return chunks;
}

/** Writes a PNG of these chunks and `IEND`, each with its length and checksum. */
export function writeChunks(chunks: readonly Pick<Chunk, "type" | "data">[]): Buffer {
  const parts: Buffer[] = [PNG_SIGNATURE];
  for (const { type, data } of [...chunks, { type: "IEND", data: Buffer.alloc(0) }]) {
    const head = Buffer.alloc(8);
    head.writeUInt32BE(data.length);
    head.write(type, 4, "latin1");
    const tail = Buffer.alloc(4);
    tail.writeUInt32BE(crc32(data, crc32(head.subarray(4))));
    parts.push(head, data, tail);
  }
  return Buffer.concat(parts);
}

export interface Header {
  width: number;
  height: number;
  bitsPerPixel: number;
  isInterlaced: boolean;
}

/** Channels by the type of colour: grey, RGB, palette, grey with alpha, RGBA. */
const CHANNELS: Record<number, number> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 };

/** @returns null for a header that no decoder accepts */
export function readHeader([chunk]: readonly Chunk[]): Header | null {
  if (chunk?.type !== "IHDR" || chunk.data.length !== 13) return null;
  const channels = CHANNELS[chunk.data[9]!];
  if (channels === undefined) return null;
  return {
    width: chunk.data.readUInt32BE(0),
    height: chunk.data.readUInt32BE(4),
    bitsPerPixel: chunk.data[8]! * channels,
    isInterlaced: chunk.data[12] === 1,
  };
}

/** For each pass of an interlaced PNG: the first column and row, and the steps to the next. */
const PASSES = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
] as const;

/** The bytes of the rows of a picture once they are inflated. Each row begins with a byte that names its filter. */
export function rowBytes({ width, height, bitsPerPixel, isInterlaced }: Header): number {
  const rows = (w: number, h: number) => (w > 0 && h > 0 ? h * (1 + Math.ceil((w * bitsPerPixel) / 8)) : 0);
  if (!isInterlaced) return rows(width, height);
  return PASSES.reduce(
    (sum, [x, y, dx, dy]) => sum + rows(Math.ceil((width - x) / dx), Math.ceil((height - y) / dy)),
    0,
  );
}

/** Whether deflated data hold at least this many bytes. Holds only some of them in memory. */
export async function holds(parts: readonly Buffer[], bytes: number): Promise<boolean> {
  const inflate = createInflate({ chunkSize: 65_536 });
  let found = 0;
  inflate.on("data", (chunk: Buffer) => {
    found += chunk.length;
    // Whatever comes after these is shown by nobody.
    if (found >= bytes) inflate.destroy();
  });
  // Data that are damaged or end too early have been counted up to there.
  const over = Promise.race(["end", "close", "error"].map((event) => once(inflate, event))).catch(() => undefined);
  for (const part of parts) inflate.write(part);
  inflate.end();
  await over;
  inflate.destroy();
  return found >= bytes;
}
