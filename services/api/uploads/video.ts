import { broken } from "./broken.ts";
import { withBytes } from "./bytes.ts";
import type { MediaType } from "./kinds.ts";
import { readMp4 } from "./mp4.ts";
import type { VideoInfo } from "./video-info.ts";
import { readWebm } from "./webm.ts";

/** No screen is larger, and no player of a browser takes more. */
const MAX_SIDE = 8192;
/** A day: nothing longer fits into the bytes that are allowed. */
const MAX_SECONDS = 86_400;

/**
 * Reads the size and duration of a video from its container, which is checked on the way: whole, with a video track
 * that browsers play. Nothing is decoded.
 *
 * @throws InvalidError that names what is wrong with the file
 */
export async function inspectVideo(path: string, type: MediaType): Promise<VideoInfo> {
  const info = await withBytes(path, type === "video/mp4" ? readMp4 : readWebm);
  const { width, height, duration } = info;
  const sides = [width, height];
  if (sides.some((side) => !Number.isInteger(side) || side < 1)) throw broken("has a video track without a size");
  if (sides.some((side) => side > MAX_SIDE)) throw broken(`is larger than ${MAX_SIDE} pixels on a side`);
  if (duration !== null && !(duration >= 0 && duration <= MAX_SECONDS)) throw broken("has an impossible duration");
  return { width, height, duration: duration === null ? null : Math.round(duration * 1000) / 1000 };
}
