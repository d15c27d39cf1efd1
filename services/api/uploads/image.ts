import sharp, { type Metadata, type Sharp } from "sharp";
import { InvalidError, messageOf } from "../../../lib/errors.ts";
import { fileError } from "./file-error.ts";
import { countJpegScans } from "./jpeg-scans.ts";
import type { MediaType } from "./media-types.ts";

/** Larger pictures are scaled down until their longest side fits. */
const MAX_SIDE_PX = 4096;
/** The longest side of a preview: sharp in two columns on a phone, even on a dense screen. */
export const PREVIEW_SIDE_PX = 800;
/** The longest side of a placeholder, which then takes about 100 bytes as WebP. */
const PLACEHOLDER_SIDE_PX = 16;
/** Counts all frames of an animation. Decoded, they take 200 MB. Phones take smaller pictures by default. */
const MAX_PIXELS = 50_000_000;
/** The most frames of an animation. */
const MAX_FRAMES = 1000;
/** Panoramas have up to 20,000 pixels on a side. */
const MAX_DECODED_SIDE_PX = 30_000;
/** Counts all frames. A row takes about a microsecond, however short, so many short ones would take a minute. */
const MAX_ROWS = 2_000_000;
/** The most memory for a picture that can't be decoded row by row, because its rows are stored out of order. */
const MAX_WHOLE_BYTES = 200_000_000;
/** Programs write at most about twenty. */
const MAX_JPEG_SCANS = 64;
/** The time limit of all steps together. A large animation takes a few seconds. */
const TIME_LIMIT_MS = 10_000;

// One thread per picture is enough, because several are decoded at once. A cache would only hold memory: no picture is
// decoded twice.
sharp.concurrency(1);
sharp.cache(false);

/** A picture that is ready for the store. */
interface PreparedImage {
  width: number;
  height: number;
  /** The size of the written file. */
  bytes: number;
  preview: Buffer;
  /** A tiny picture as a `data:` URL. */
  placeholder: string;
}

/**
 * Re-encodes an uploaded picture in the same format, and thereby drops all metadata. The result is upright, in sRGB,
 * and at most 4096 pixels on a side. Animations stay animated.
 *
 * @param source the path of the upload
 * @param target the path to write to
 * @throws InvalidError that says what is wrong with the file
 */
export async function prepareImage(source: string, target: string, type: MediaType): Promise<PreparedImage> {
  const withinTime = createTimeLimit();
  try {
    if (type === "image/jpeg" && (await countJpegScans(source, MAX_JPEG_SCANS)) >= MAX_JPEG_SCANS)
      throw fileError(`has ${MAX_JPEG_SCANS} or more scans, more than a picture needs`);
    const frames = checkMetadata(await read(source, false).metadata(), type);
    const upright = fit(read(source, frames > 1).autoOrient(), MAX_SIDE_PX);
    const info = await withinTime(encode(upright, type, frames > 1)).toFile(target);
    const preview = await withinTime(fit(read(target, false), PREVIEW_SIDE_PX).webp({ quality: 75 })).toBuffer();
    const tiny = await withinTime(
      sharp(preview)
        .resize(PLACEHOLDER_SIDE_PX, PLACEHOLDER_SIDE_PX, { fit: "inside" })
        .webp({ quality: 20, alphaQuality: 20 }),
    ).toBuffer();
    return {
      width: info.width,
      height: info.pageHeight ?? info.height,
      bytes: info.size,
      preview,
      placeholder: `data:image/webp;base64,${tiny.toString("base64")}`,
    };
  } catch (error) {
    throw translate(error);
  }
}

/** Gives each step the time that the steps before it have left. sharp itself knows only a time limit for each step. */
function createTimeLimit(): (step: Sharp) => Sharp {
  const deadline = Date.now() + TIME_LIMIT_MS;
  return (step) => {
    const leftMs = deadline - Date.now();
    if (leftMs <= 0) throw tooSlow();
    return step.timeout({ seconds: Math.ceil(leftMs / 1000) });
  };
}

function tooSlow(): InvalidError {
  return fileError("takes too long to decode");
}

function read(path: string, animated: boolean): Sharp {
  return sharp(path, { animated, failOn: "error", limitInputPixels: MAX_PIXELS, sequentialRead: true });
}

function fit(image: Sharp, side: number): Sharp {
  return image.resize(side, side, { fit: "inside", withoutEnlargement: true });
}

/** @returns the number of frames */
function checkMetadata(metadata: Metadata, type: MediaType): number {
  const { format, width, height, pages = 1, channels, depth, isProgressive } = metadata;
  if (`image/${format}` !== type) throw fileError(`is damaged: it begins as ${type} and continues as ${format}`);
  if (pages > MAX_FRAMES) throw fileError(`has ${pages} frames, but at most ${MAX_FRAMES} are accepted`);
  if (width * height * pages > MAX_PIXELS) {
    const millions = Math.round((width * height * pages) / 1e6);
    throw fileError(`has ${millions} million pixels in total, but at most ${MAX_PIXELS / 1e6} million are accepted`);
  }
  if (Math.max(width, height) > MAX_DECODED_SIDE_PX || height * pages > MAX_ROWS) {
    throw fileError(`has a side of more than ${MAX_DECODED_SIDE_PX} pixels, or too many frames for its height`);
  }
  const bytes = width * height * channels * (depth === "uchar" ? 1 : 2);
  if (isProgressive && bytes > MAX_WHOLE_BYTES) throw fileError("is interlaced, and too large for that");
  return pages;
}

function encode(image: Sharp, type: MediaType, animated: boolean): Sharp {
  if (type === "image/png") return image.png();
  // For an animation, the default effort of 4 takes more than twice as long and saves only a few per cent.
  if (type === "image/webp") return image.webp({ quality: 85, effort: animated ? 2 : 4 });
  // The default effort of 7 takes twice as long and saves only a few per cent.
  if (type === "image/gif") return image.gif({ effort: 4 });
  return image.jpeg({ quality: 85 });
}

/** Translates an error of sharp, because sharp's messages use terms of libvips and reveal paths of this machine. */
function translate(error: unknown): unknown {
  if (error instanceof InvalidError) return error;
  const message = messageOf(error);
  if (/pixel limit/i.test(message)) return fileError(`has more than ${MAX_PIXELS / 1e6} million pixels`);
  if (/timeout/i.test(message)) return tooSlow();
  if (/ENOSPC|EACCES|ENOENT|EMFILE|unable to open for write|no space/i.test(message)) return error;
  return fileError("can't be decoded: it is damaged or cut off");
}
