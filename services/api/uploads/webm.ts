import type { Erasure } from "./erase.ts";
import { fileError } from "./file-error.ts";
import type { VideoFile } from "./video-file.ts";
import { type Size, stretch, type VideoInfo } from "./video-info.ts";
import { content, type Element, find, integer, readElements } from "./webm-elements.ts";
import { eraseWebm, FILE_PLAN, ID } from "./webm-erase.ts";

const VIDEO_TRACK = 1;
const CODECS = new Set(["V_VP8", "V_VP9", "V_AV1"]);

/** `DisplayUnit` of sizes that say nothing about the shape of the pixels. */
const UNKNOWN_UNIT = 4;

/**
 * Reads the size and duration of a WebM, and finds what must be erased from it.
 *
 * @returns also the position at which the video ends; bytes behind it belong to no element
 * @throws InvalidError
 */
export async function readWebm(file: VideoFile): Promise<{ info: VideoInfo; erasures: Erasure[]; end: number }> {
  const top = await readElements(file, 0, file.size, FILE_PLAN, { mayEnd: true });
  const [header, segment] = top;
  const docType = header?.id === ID.ebml ? await text(file, find(header.inside, ID.docType)) : "";
  if (docType !== "webm") throw fileError(docType === "matroska" ? "is a Matroska video, no WebM" : "is no WebM video");
  if (segment?.id !== ID.segment) throw fileError("is not a complete WebM video: it has no content");
  if (!segment.inside.some(({ id, start, end }) => id === ID.cluster && end > start)) {
    throw fileError("is not a complete WebM video: its pictures are missing");
  }
  const size = await readVideoTrack(file, find(segment.inside, ID.tracks));
  const info = { ...size, duration: await readDuration(file, find(segment.inside, ID.info)) };
  return { info, erasures: await eraseWebm(file, top), end: top.at(-1)!.end };
}

/** @returns the size at which the first video track is shown */
async function readVideoTrack(file: VideoFile, tracks: Element | undefined): Promise<Size> {
  for (const { id, inside } of tracks?.inside ?? []) {
    if (id !== ID.trackEntry || (await integer(file, find(inside, ID.trackType))) !== VIDEO_TRACK) continue;
    const codec = await text(file, find(inside, ID.codec));
    if (!CODECS.has(codec)) throw fileError("has a video track of a codec that browsers don't play in WebM");
    const video = find(inside, ID.video);
    if (!video) break;
    const number = (wanted: number) => integer(file, find(video.inside, wanted));
    const size = { width: await number(ID.pixelWidth), height: await number(ID.pixelHeight) };
    const shown = { width: await number(ID.displayWidth), height: await number(ID.displayHeight) };
    // The shown size may be in pixels, centimetres or inches, or be a ratio: only the shape of a pixel counts.
    const isStated = shown.width > 0 && shown.height > 0 && (await number(ID.displayUnit)) < UNKNOWN_UNIT;
    return isStated ? stretch(size, (shown.width * size.height) / (shown.height * size.width)) : size;
  }
  throw fileError("has no video track");
}

async function text(file: VideoFile, element: Element | undefined): Promise<string> {
  return (await content(file, element, 64)).toString("latin1").replace(/\0+$/, "");
}

/** The duration in seconds; null if the container does not state it. */
async function readDuration(file: VideoFile, info: Element | undefined): Promise<number | null> {
  if (!info) return null;
  const bytes = await content(file, find(info.inside, ID.duration), 8);
  if (bytes.length !== 4 && bytes.length !== 8) return null;
  const ticks = bytes.length === 4 ? bytes.readFloatBE(0) : bytes.readDoubleBE(0);
  const scale = (await integer(file, find(info.inside, ID.timestampScale))) || 1_000_000;
  return (ticks * scale) / 1e9;
}
