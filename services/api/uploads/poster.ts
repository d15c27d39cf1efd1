import sharp from "sharp";
import { type CheckedImage, openImage, strictly } from "./image-check.ts";
import { encodePreview, type Preview, PREVIEW_SIDE_PX } from "./preview.ts";
import { createTimeLimit } from "./time-limit.ts";
import type { Size } from "./video-info.ts";

const TIME_LIMIT_MS = 20_000;

/** The size of a preview, in the proportions of the video. */
function previewSize({ width, height }: Size): Size {
  const scale = PREVIEW_SIDE_PX / Math.max(width, height);
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) };
}

/**
 * Makes the poster that players show before a video starts, from a frame that the uploader's program has decoded: no
 * library here can. The frame is cropped to the proportions of the video.
 *
 * @param source the path of the frame as a picture, which was checked
 * @throws errors of sharp for {@link translate}
 */
export async function encodePoster(image: CheckedImage, source: string, video: Size): Promise<Preview> {
  const { width, height } = previewSize(video);
  const { limit } = createTimeLimit(TIME_LIMIT_MS);
  return strictly(image, (failOn) =>
    encodePreview(openImage(source, { failOn }).autoOrient().resize(width, height), limit),
  );
}

/**
 * Draws the poster of a video that comes without one: a dark field of the same proportions with a play sign, in the
 * size of a picture's preview.
 */
export async function drawPoster(width: number, height: number): Promise<Buffer> {
  const { width: w, height: h } = previewSize({ width, height });
  const r = Math.min(w, h) / 8;
  const [x, y] = [w / 2, h / 2];
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${w}" height="${h}">
    <rect width="100%" height="100%" fill="#15202b"/>
    <circle cx="${x}" cy="${y}" r="${r}" fill="#ffffff" fill-opacity="0.9"/>
    <path d="M ${x - r * 0.35} ${y - r * 0.5} v ${r} l ${r * 0.9} ${-r / 2} z" fill="#15202b"/>
  </svg>`;
  return sharp(Buffer.from(svg)).webp({ quality: 80 }).toBuffer();
}
