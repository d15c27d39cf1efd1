import { fileError } from "./file-error.ts";
import { type Chunk, type Header, holds, readHeader, rowBytes, writeChunks } from "./png-chunks.ts";
import { tooSlow } from "./time-limit.ts";

/*
 * libvips, which decodes all other pictures, sees only the first frame of an animated PNG (PNG Specification, third
 * edition). So the file is kept: its chunks are checked and copied one by one, without those that tell more than how
 * the picture looks.
 */

const KEPT = new Set("IHDR PLTE tRNS gAMA cHRM sRGB iCCP cICP sBIT bKGD acTL fcTL fdAT IDAT IEND".split(" "));

/** The types of chunks that may be cut off behind their last pixel. */
const PIXELS = new Set(["IDAT", "fdAT"]);

interface Frame extends Pick<Header, "width" | "height"> {
  data: Buffer[];
}

/** An animated PNG. */
export interface Apng {
  header: Header;
  chunks: readonly Chunk[];
  frames: Frame[];
}

/**
 * @param chunks of a PNG
 * @returns null for a PNG that browsers don't show as animated
 * @throws InvalidError for an animation that is cut off
 */
export function readApng(chunks: readonly Chunk[]): Apng | null {
  const header = readHeader(chunks);
  const control = chunks.find(({ type }) => type === "acTL" || type === "IDAT");
  if (!header || control?.type !== "acTL" || control.data.length !== 8) return null;
  const frames: Frame[] = [];
  let sequence = 0;
  for (const { type, data, isWhole, isIntact } of chunks) {
    if (type === "fcTL" && !isWhole) break;
    if (isWhole && !isIntact && KEPT.has(type)) throw cutOff();
    const isNext = type === "fcTL" || type === "fdAT" ? data.length >= 4 && data.readUInt32BE(0) === sequence++ : true;
    if (!isNext) return null;
    if (type === "fcTL") {
      const frame = readFrame(data, header);
      if (!frame) return null;
      frames.push(frame);
    } else if (type === "fdAT") frames.at(-1)?.data.push(data.subarray(4));
    // Pictures before the first frame are shown only by programs that can't animate.
    else if (type === "IDAT") frames.at(-1)?.data.push(data);
  }
  const stated = control.data.readUInt32BE(0);
  if (frames.length < stated) throw cutOff();
  return frames.length === stated && stated > 0 ? { header, chunks, frames } : null;
}

/** @returns null if the frame does not fit */
function readFrame(data: Buffer, { width, height }: Header): Frame | null {
  if (data.length !== 26) return null;
  const [w, h, x, y] = [4, 8, 12, 16].map((at) => data.readUInt32BE(at)) as [number, number, number, number];
  const fits = w > 0 && h > 0 && x + w <= width && y + h <= height;
  return fits ? { width: w, height: h, data: [] } : null;
}

/**
 * Writes the animation without its metadata.
 *
 * @param isLate whether the time for the picture is over
 * @throws InvalidError when a frame is not whole, or time is over
 */
export async function copyApng({ header, chunks, frames }: Apng, isLate: () => boolean): Promise<Buffer> {
  for (const { width, height, data } of frames) {
    if (isLate()) throw tooSlow();
    if (!(await holds(data, rowBytes({ ...header, width, height })))) throw cutOff();
  }
  const kept = chunks.filter(({ type, isWhole }) => KEPT.has(type) && (isWhole || PIXELS.has(type)) && type !== "IEND");
  return writeChunks(kept);
}

function cutOff() {
  return fileError("can't be decoded: its animation is damaged or cut off");
}
