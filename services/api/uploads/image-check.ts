import { readFile, writeFile } from "node:fs/promises";
import sharp, { type Metadata, type Sharp } from "sharp";
import { excessOf } from "../../../contract/media-limits.ts";
import { messageOf } from "../../../lib/errors.ts";
import { completePicture } from "./complete.ts";
import { fileError } from "./file-error.ts";
import type { PictureType } from "./media-types.ts";

/** Counts all frames. A row takes about a microsecond, however short, so many short ones would take a minute. */
const ROWS_LIMIT = 2_000_000;
/** The most memory for the pixels of a picture that can't be decoded row by row. */
const WHOLE_LIMIT_BYTES = 300_000_000;
/** Pictures beyond these bounds are decoded one at a time: the others take about 130 MB and two seconds at most. */
const LIGHT = { wholeBytes: 60_000_000, animationPixels: 10_000_000 };
/** Above all limits for a single picture or frame, which are checked first. */
const SHARP_LIMIT_PIXELS = 310_000_000;

// One thread per picture is enough, because several are decoded at once. A cache would only hold memory: no picture is
// decoded twice.
sharp.concurrency(1);
sharp.cache(false);

/** A picture that may be decoded. */
export interface CheckedImage {
  type: PictureType;
  frames: number;
  /** The pixels of all frames. */
  pixels: number;
  /** Whether the file is an animated PNG, which is kept. */
  isApng: boolean;
  /** Whether a decoder may complain about the file, because no pixel is missing. */
  isLenient: boolean;
  /** Whether decoding takes much memory or time. */
  isHeavy: boolean;
}

/**
 * Checks a picture by its description, and gives its file an end if it has none.
 *
 * @param path of the upload, which may be written anew
 * @throws InvalidError that says what is wrong with the file
 */
export async function checkImage(path: string, type: PictureType): Promise<CheckedImage> {
  const received = await readFile(path);
  const { bytes, apng, hasScans, isLenient = false } = await completePicture(received, type);
  if (bytes.length !== received.length || !bytes.equals(received)) await writeFile(path, bytes);
  const metadata = await openImage(path).metadata();
  const formats = type === "image/avif" ? "heif" : type.slice("image/".length);
  if (metadata.format !== formats)
    throw fileError(`is damaged: it begins as ${type} and continues as ${metadata.format}`);
  const { width, height } = metadata;
  const frames = apng?.frames.length ?? metadata.pages ?? 1;
  const isInterlaced = metadata.isProgressive === true || hasScans === true;
  const excess = excessOf({ type, width, height, frames, isInterlaced });
  if (excess) throw fileError(excess);
  if (height * frames > ROWS_LIMIT) throw fileError("has too many frames for its height");
  const whole = wholeBytes(metadata, type, isInterlaced);
  if (whole > WHOLE_LIMIT_BYTES)
    throw fileError(`takes ${Math.ceil(whole / 1e6)} MB of memory, too much for a picture`);
  const pixels = width * height * frames;
  const isHeavy = whole > LIGHT.wholeBytes || (frames > 1 && pixels > LIGHT.animationPixels);
  return { type, frames, pixels, isApng: apng !== undefined, isLenient, isHeavy };
}

/** Decodes a picture so that it fails if pixels are missing, but not because of oddities that browsers ignore. */
export async function strictly<T>({ type, isLenient }: CheckedImage, run: (failOn: FailOn) => Promise<T>): Promise<T> {
  if (type !== "image/jpeg") return run(isLenient ? "none" : "error");
  try {
    return await run("warning");
  } catch (error) {
    if (!/VipsJpeg: /.test(messageOf(error)) || /premature end/i.test(messageOf(error))) throw error;
    // Such as "extraneous bytes before marker", which many cameras write.
    return run("error");
  }
}

/** What makes decoding fail, as sharp names it. */
type FailOn = "none" | "error" | "warning";

/** Opens a picture for decoding. @param failOn what makes decoding fail */
export function openImage(
  path: string,
  { animated = false, failOn = "error" }: { animated?: boolean; failOn?: FailOn } = {},
): Sharp {
  return sharp(path, { animated, failOn, limitInputPixels: SHARP_LIMIT_PIXELS, sequentialRead: true });
}

/** The bytes of memory that a decoder needs at least, if it can't decode row by row; else 0. Measured. */
function wholeBytes(metadata: Metadata, type: PictureType, isInterlaced: boolean): number {
  const { width, height, channels, depth, chromaSubsampling, bitsPerSample = 8 } = metadata;
  const pixels = width * height;
  if (type === "image/webp" || type === "image/gif") return 4 * pixels;
  if (type === "image/avif") return (bitsPerSample > 8 ? 24 : 18) * pixels;
  if (!isInterlaced) return 0;
  if (type === "image/png") return pixels * channels * (depth === "uchar" ? 1 : 2);
  // Two bytes for each coefficient, of which two colours have fewer.
  return 2 * pixels * (chromaSubsampling === "4:2:0" ? 1.5 : chromaSubsampling === "4:2:2" ? 2 : channels);
}
