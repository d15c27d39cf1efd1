import { erase } from "./erase.ts";
import { fileError } from "./file-error.ts";
import type { MediaType } from "./media-types.ts";
import { readMp4 } from "./mp4.ts";
import { withVideoFile } from "./video-file.ts";
import type { VideoInfo } from "./video-info.ts";
import { readWebm } from "./webm.ts";

/** No screen is larger, and no browser plays more. */
const MAX_SIDE_PX = 8192;
/** A day: no longer video fits into the accepted file size. */
const MAX_DURATION_SECONDS = 86_400;

/**
 * Reads the size and duration of a video from its container, and checks that the file is whole and has a video track
 * that browsers play. Then erases, in the file itself, what tells of the place and time of the recording: everything
 * that browsers don't need. Bytes behind the end of the video are cut off. Decodes nothing, moves nothing.
 *
 * @throws InvalidError that says what is wrong with the file; UnavailableError on a machine that is too busy
 */
export async function inspectVideo(path: string, type: MediaType): Promise<VideoInfo> {
  return withVideoFile(path, async (file) => {
    const { info, erasures, end } = await (type === "video/mp4" ? readMp4(file) : readWebm(file));
    const checked = check(info);
    await erase(file, erasures);
    await file.cutAt(end);
    return checked;
  });
}

function check({ width, height, duration }: VideoInfo): VideoInfo {
  const sides = [width, height];
  if (sides.some((side) => !Number.isInteger(side) || side < 1)) throw fileError("has a video track without a size");
  if (sides.some((side) => side > MAX_SIDE_PX)) throw fileError(`is larger than ${MAX_SIDE_PX} pixels on a side`);
  if (duration !== null && !(duration >= 0 && duration <= MAX_DURATION_SECONDS))
    throw fileError("has an impossible duration");
  return { width, height, duration: duration === null ? null : Math.round(duration * 1000) / 1000 };
}
