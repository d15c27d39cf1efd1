import sharp from "sharp";
import { PREVIEW_SIDE_PX } from "./image.ts";

/**
 * Draws the poster that players show before a video starts: a dark field of the same proportions with a play sign, in
 * the size of a picture's preview. A frame of the video would be better, but no library here can decode one.
 */
export async function drawPoster(width: number, height: number): Promise<Buffer> {
  const scale = PREVIEW_SIDE_PX / Math.max(width, height);
  const w = Math.max(1, Math.round(width * scale));
  const h = Math.max(1, Math.round(height * scale));
  const r = Math.min(w, h) / 8;
  const [x, y] = [w / 2, h / 2];
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${w}" height="${h}">
    <rect width="100%" height="100%" fill="#15202b"/>
    <circle cx="${x}" cy="${y}" r="${r}" fill="#ffffff" fill-opacity="0.9"/>
    <path d="M ${x - r * 0.35} ${y - r * 0.5} v ${r} l ${r * 0.9} ${-r / 2} z" fill="#15202b"/>
  </svg>`;
  return sharp(Buffer.from(svg)).webp({ quality: 80 }).toBuffer();
}
