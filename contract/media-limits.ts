/*
 * The limits of uploads. The server enforces them, `POST /media` and docs/security.md state them, and the web client
 * tells them before it sends a file.
 */

export const MEBIBYTE = 1024 * 1024;
const MILLION = 1_000_000;

/** The largest file of each kind, in bytes. A poster is a frame of a video, as a picture. */
export const LIMIT_BYTES = { image: 10 * MEBIBYTE, video: 100 * MEBIBYTE, poster: MEBIBYTE } as const;

/** JPEG and PNG are decoded row by row, so the largest are taken: those of sensors of 108 million pixels. */
const ROWS_LIMIT_PIXELS = 120 * MILLION;
/** Others are decoded as a whole. Phones and panoramas have up to 64 million pixels. */
const WHOLE_LIMIT_PIXELS = 65 * MILLION;
/** AVIF takes about 18 bytes of memory for each pixel. */
const AVIF_LIMIT_PIXELS = 16 * MILLION;
/** One frame of an animation, of 4096 × 4096 pixels: several are in memory at a time. */
const FRAME_LIMIT_PIXELS = 4096 * 4096;
/** All frames of an animation together: five minutes of 640 × 400 pixels at four frames a second. */
const ANIMATION_LIMIT_PIXELS = 300 * MILLION;
const FRAMES_LIMIT = 2000;
/** Panoramas have up to 20,000 pixels on a side. */
const SIDE_LIMIT_PX = 30_000;
/** An animated PNG is kept, not scaled down. */
const APNG_SIDE_LIMIT_PX = 4096;

interface PictureFacts {
  /** A media type, such as `image/png`. */
  type: string;
  width: number;
  height: number;
  frames: number;
  /** Whether the file is an interlaced PNG or a progressive JPEG, as far as the caller knows. */
  isInterlaced?: boolean;
}

/** @returns what is too large about a picture, as the end of a sentence that begins with the picture; null for nothing */
export function excessOf({ type, width, height, frames, isInterlaced = false }: PictureFacts): string | null {
  const pixels = width * height;
  if (Math.max(width, height) > SIDE_LIMIT_PX) return `has a side of more than ${SIDE_LIMIT_PX} pixels`;
  if (frames > 1) return excessOfAnimation(type, { width, height, frames });
  const isWhole = isInterlaced || (type !== "image/jpeg" && type !== "image/png");
  const most = type === "image/avif" ? AVIF_LIMIT_PIXELS : isWhole ? WHOLE_LIMIT_PIXELS : ROWS_LIMIT_PIXELS;
  return pixels > most
    ? `has ${millions(pixels)} million pixels, but at most ${most / MILLION} million are accepted`
    : null;
}

function excessOfAnimation(
  type: string,
  { width, height, frames }: Pick<PictureFacts, "width" | "height" | "frames">,
): string | null {
  const pixels = width * height;
  if (frames > FRAMES_LIMIT) return `has ${frames} frames, but at most ${FRAMES_LIMIT} are accepted`;
  if (pixels > FRAME_LIMIT_PIXELS) return "is animated, and larger than 4096 × 4096 pixels";
  if (type === "image/png" && Math.max(width, height) > APNG_SIDE_LIMIT_PX) {
    return `is an animated PNG, and has a side of more than ${APNG_SIDE_LIMIT_PX} pixels`;
  }
  if (pixels * frames <= ANIMATION_LIMIT_PIXELS) return null;
  const most = ANIMATION_LIMIT_PIXELS / MILLION;
  return `has ${millions(pixels * frames)} million pixels in all its frames, but at most ${most} million are accepted`;
}

function millions(pixels: number): number {
  return Math.ceil(pixels / MILLION);
}
