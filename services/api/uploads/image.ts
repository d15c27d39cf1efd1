import sharp, { type Metadata, type Sharp } from "sharp";
import { InvalidError, messageOf } from "../../../lib/errors.ts";
import { broken } from "./broken.ts";
import type { MediaType } from "./kinds.ts";

/** The longest side that is kept. */
const MAX_SIDE = 4096;
/** The longest side of a preview: two columns of a phone, sharp also where pixels are small. */
const PREVIEW_SIDE = 800;
/** The longest side of a placeholder: about 100 bytes of WebP. */
const PLACEHOLDER_SIDE = 16;
/** The largest picture, all frames of a moving one together: 200 MB decoded, and above what phones take by default. */
const MAX_PIXELS = 50_000_000;
/** The most frames of a moving picture. */
const MAX_FRAMES = 1000;
/** How long one step may compute, in seconds. */
const TIMEOUT = 20;

// Several pictures at once are decoded side by side, so each takes one thread; and a cache would only keep memory.
sharp.concurrency(1);
sharp.cache(false);

/** A picture made ready to be shown. */
export interface PreparedImage {
  width: number;
  height: number;
  /** How many bytes were written to the target. */
  bytes: number;
  preview: Buffer;
  /** A tiny picture as a `data:` URL. */
  placeholder: string;
}

/**
 * Makes an uploaded picture ready: turned upright, at most 4096 pixels on a side, of the same format, in sRGB, and
 * without any metadata, since it is encoded anew. Moving pictures go on moving.
 *
 * @param source the path of what was uploaded
 * @param target the path to write to
 * @throws InvalidError that names what is wrong with the file
 */
export async function prepareImage(source: string, target: string, type: MediaType): Promise<PreparedImage> {
  try {
    const frames = checkMetadata(await read(source, false).metadata(), type);
    const upright = fit(read(source, frames > 1).autoOrient(), MAX_SIDE);
    const info = await encode(upright, type).timeout({ seconds: TIMEOUT }).toFile(target);
    const preview = await fit(read(target, false), PREVIEW_SIDE)
      .webp({ quality: 75 })
      .timeout({ seconds: TIMEOUT })
      .toBuffer();
    const tiny = await sharp(preview)
      .resize(PLACEHOLDER_SIDE, PLACEHOLDER_SIDE, { fit: "inside" })
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

/** @returns how many frames it has */
function checkMetadata({ format, width, height, pages = 1 }: Metadata, type: MediaType): number {
  if (`image/${format}` !== type) throw broken(`is damaged: it begins like ${type} and goes on like ${format}`);
  if (pages > MAX_FRAMES) throw broken(`has ${pages} frames; at most ${MAX_FRAMES} are accepted`);
  if (width * height * pages > MAX_PIXELS) {
    const millions = Math.round((width * height * pages) / 1e6);
    throw broken(`has ${millions} million pixels in all; at most ${MAX_PIXELS / 1e6} million are accepted`);
  }
  return pages;
}

function encode(image: Sharp, type: MediaType): Sharp {
  if (type === "image/png") return image.png();
  if (type === "image/webp") return image.webp({ quality: 85 });
  // 7, the default effort, takes twice as long for a few per cent.
  if (type === "image/gif") return image.gif({ effort: 4 });
  return image.jpeg({ quality: 85 });
}

/** What sharp throws is in libvips' words, and its paths are nobody's business. */
function translate(error: unknown): unknown {
  if (error instanceof InvalidError) return error;
  const message = messageOf(error);
  if (/pixel limit/i.test(message)) return broken(`has more than ${MAX_PIXELS / 1e6} million pixels`);
  if (/timeout/i.test(message)) return broken("takes too long to decode");
  if (/ENOSPC|EACCES|ENOENT|EMFILE|unable to open for write|no space/i.test(message)) return error;
  return broken("can't be decoded: it is damaged or cut off");
}
