import type { Erasure } from "./erase.ts";
import { fileError } from "./file-error.ts";
import type { VideoFile } from "./video-file.ts";
import type { VideoInfo } from "./video-info.ts";
import { content, type Element, find, integer, readElements } from "./webm-elements.ts";
import { eraseWebm, FILE_PLAN, ID } from "./webm-erase.ts";

const VIDEO_TRACK = 1;
const CODECS = new Set(["V_VP8", "V_VP9", "V_AV1"]);

/** Reads the size and duration of a WebM, and finds what must be erased from it. @throws InvalidError */
export async function readWebm(file: VideoFile): Promise<{ info: VideoInfo; erasures: Erasure[] }> {
  const top = await readElements(file, 0, file.size, FILE_PLAN);
  const [header, segment] = top;
  const docType = header?.id === ID.ebml ? await text(file, find(header.inside, ID.docType)) : "";
  if (docType !== "webm") throw fileError(docType === "matroska" ? "is a Matroska video, no WebM" : "is no WebM video");
  if (segment?.id !== ID.segment) throw fileError("is not a complete WebM video: it has no content");
  if (!segment.inside.some(({ id, start, end }) => id === ID.cluster && end > start)) {
    throw fileError("is not a complete WebM video: its pictures are missing");
  }
  const size = await readVideoTrack(file, find(segment.inside, ID.tracks));
  const info = { ...size, duration: await readDuration(file, find(segment.inside, ID.info)) };
  return { info, erasures: await eraseWebm(file, top) };
}

/** @returns the size of the first video track */
async function readVideoTrack(
  file: VideoFile,
  tracks: Element | undefined,
): Promise<{ width: number; height: number }> {
  for (const { id, inside } of tracks?.inside ?? []) {
    if (id !== ID.trackEntry || (await integer(file, find(inside, ID.trackType))) !== VIDEO_TRACK) continue;
    const codec = await text(file, find(inside, ID.codec));
    if (!CODECS.has(codec)) throw fileError("has a video track of a codec that browsers don't play in WebM");
    const video = find(inside, ID.video);
    if (!video) break;
    return {
      width: await integer(file, find(video.inside, ID.pixelWidth)),
      height: await integer(file, find(video.inside, ID.pixelHeight)),
    };
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
