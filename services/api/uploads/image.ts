import { readFile, writeFile } from "node:fs/promises";
import type { Sharp } from "sharp";
import { InvalidError, messageOf } from "../../../lib/errors.ts";
import { copyApng, readApng } from "./apng.ts";
import { fileError } from "./file-error.ts";
import { type CheckedImage, openImage, strictly } from "./image-check.ts";
import type { StoredPictureType } from "./media-types.ts";
import { readChunks } from "./png-chunks.ts";
import { encodePreview, type Preview, PREVIEW_SIDE_PX } from "./preview.ts";
import { createTimeLimit, type TimeLimit, tooSlow } from "./time-limit.ts";

/** Larger pictures are scaled down until their longest side fits. */
const MAX_SIDE_PX = 4096;
/** The same for animations: encoders keep several frames in memory. */
const MAX_MOVING_SIDE_PX = 2048;
/** Larger animated GIFs become animated WebPs, which takes a fifth of the time. */
const GIF_LIMIT_PIXELS = 25_000_000;
/** The time limits of all steps together. The largest take two and ten seconds, and several times that on a busy machine. */
const TIME_LIMIT_MS = 20_000;
const MOVING_TIME_LIMIT_MS = 40_000;

/** A picture that is ready for the store. */
export interface PreparedImage extends Preview {
  contentType: StoredPictureType;
  width: number;
  height: number;
  /** The size of the written file. */
  bytes: number;
}

/**
 * Re-encodes a picture, and thereby drops all metadata. The result is upright, in sRGB, and at most 4096 pixels on a
 * side. Animations stay animated. The format stays, but that of AVIFs and large animated GIFs, which become WebPs.
 *
 * @param source the path of the upload, which was checked
 * @param target the path to write to
 * @throws InvalidError, and errors of sharp for {@link translate}
 */
export async function encodeImage(image: CheckedImage, source: string, target: string): Promise<PreparedImage> {
  const time = createTimeLimit(image.frames > 1 ? MOVING_TIME_LIMIT_MS : TIME_LIMIT_MS);
  const contentType = storedType(image);
  const info = image.isApng
    ? await keepApng(source, target, time)
    : await strictly(image, (failOn) => {
        const animated = image.frames > 1;
        const upright = fit(
          openImage(source, { animated, failOn }).autoOrient(),
          animated ? MAX_MOVING_SIDE_PX : MAX_SIDE_PX,
        );
        return time.limit(encode(upright, contentType, animated)).toFile(target);
      });
  const shown = await encodePreview(fit(openImage(target), PREVIEW_SIDE_PX), time.limit);
  return {
    contentType,
    width: info.width,
    height: info.pageHeight ?? info.height,
    bytes: info.size,
    ...shown,
  };
}

async function keepApng(source: string, target: string, { isOver }: TimeLimit) {
  const bytes = await readFile(source);
  // Found animated before.
  const apng = readApng(readChunks(bytes))!;
  const copy = await copyApng(apng, isOver);
  await writeFile(target, copy);
  const { width, height } = apng.header;
  return { width, height, pageHeight: height, size: copy.length };
}

function fit(image: Sharp, side: number): Sharp {
  return image.resize(side, side, { fit: "inside", withoutEnlargement: true });
}

function storedType({ type, frames, pixels }: CheckedImage): StoredPictureType {
  if (type === "image/avif") return "image/webp";
  return type === "image/gif" && frames > 1 && pixels > GIF_LIMIT_PIXELS ? "image/webp" : type;
}

function encode(image: Sharp, type: StoredPictureType, animated: boolean): Sharp {
  if (type === "image/png") return image.png();
  // For an animation, the default effort of 4 takes more than twice as long and saves only a few per cent.
  if (type === "image/webp") return image.webp({ quality: 85, effort: animated ? 1 : 4 });
  // The colours are those of the original, so dithering would only add noise. More effort takes twice as long.
  if (type === "image/gif") return image.gif({ effort: 2, dither: 0 });
  return image.jpeg({ quality: 85 });
}

/** Translates an error of sharp, because sharp's messages use terms of libvips and reveal paths of this machine. */
export function translate(error: unknown): unknown {
  if (error instanceof InvalidError) return error;
  const message = messageOf(error);
  if (/pixel limit/i.test(message)) return fileError("has more than 300 million pixels");
  if (/timeout/i.test(message)) return tooSlow();
  if (/ENOSPC|EACCES|ENOENT|EMFILE|unable to open for write|no space/i.test(message)) return error;
  return fileError("can't be decoded: it is damaged or cut off");
}
