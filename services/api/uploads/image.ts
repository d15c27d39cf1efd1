import sharp, { type Metadata, type Sharp } from "sharp";
import { InvalidError, messageOf } from "../../../lib/errors.ts";
import { fileError } from "./file-error.ts";
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
/** The time limit of one step. A large animation takes a few seconds. */
const STEP_TIMEOUT_SECONDS = 20;

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
  try {
    const frames = checkMetadata(await read(source, false).metadata(), type);
    const upright = fit(read(source, frames > 1).autoOrient(), MAX_SIDE_PX);
    const info = await encode(upright, type).timeout({ seconds: STEP_TIMEOUT_SECONDS }).toFile(target);
    const preview = await fit(read(target, false), PREVIEW_SIDE_PX)
      .webp({ quality: 75 })
      .timeout({ seconds: STEP_TIMEOUT_SECONDS })
      .toBuffer();
    const tiny = await sharp(preview)
      .resize(PLACEHOLDER_SIDE_PX, PLACEHOLDER_SIDE_PX, { fit: "inside" })
      .webp({ quality: 20, alphaQuality: 20 })
      .toBuffer();
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

function read(path: string, animated: boolean): Sharp {
  return sharp(path, { animated, failOn: "error", limitInputPixels: MAX_PIXELS, sequentialRead: true });
}

function fit(image: Sharp, side: number): Sharp {
  return image.resize(side, side, { fit: "inside", withoutEnlargement: true });
}

/** @returns the number of frames */
function checkMetadata({ format, width, height, pages = 1 }: Metadata, type: MediaType): number {
  if (`image/${format}` !== type) throw fileError(`is damaged: it begins as ${type} and continues as ${format}`);
  if (pages > MAX_FRAMES) throw fileError(`has ${pages} frames, but at most ${MAX_FRAMES} are accepted`);
  if (width * height * pages > MAX_PIXELS) {
    const millions = Math.round((width * height * pages) / 1e6);
    throw fileError(`has ${millions} million pixels in total, but at most ${MAX_PIXELS / 1e6} million are accepted`);
  }
  return pages;
}

function encode(image: Sharp, type: MediaType): Sharp {
  if (type === "image/png") return image.png();
  if (type === "image/webp") return image.webp({ quality: 85 });
  // The default effort of 7 takes twice as long and saves only a few per cent.
  if (type === "image/gif") return image.gif({ effort: 4 });
  return image.jpeg({ quality: 85 });
}

/** Translates an error of sharp, because sharp's messages use terms of libvips and reveal paths of this machine. */
function translate(error: unknown): unknown {
  if (error instanceof InvalidError) return error;
  const message = messageOf(error);
  if (/pixel limit/i.test(message)) return fileError(`has more than ${MAX_PIXELS / 1e6} million pixels`);
  if (/timeout/i.test(message)) return fileError("takes too long to decode");
  if (/ENOSPC|EACCES|ENOENT|EMFILE|unable to open for write|no space/i.test(message)) return error;
  return fileError("can't be decoded: it is damaged or cut off");
}
