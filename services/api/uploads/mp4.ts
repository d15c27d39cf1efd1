import type { Erasure } from "./erase.ts";
import { fileError } from "./file-error.ts";
import { type Box, findBox, needContent, readContent, readFileBoxes, readHandler, searchBox } from "./mp4-boxes.ts";
import { eraseMp4, FILE_PLAN } from "./mp4-erase.ts";
import type { VideoFile } from "./video-file.ts";
import { type Size, stretch, type VideoInfo } from "./video-info.ts";

/** The codecs that browsers play in MP4: H.264, H.265, VP8, VP9, AV1. */
const CODECS = new Set(["avc1", "avc3", "hvc1", "hev1", "vp08", "vp09", "av01"]);

/**
 * Reads the size and duration of an MP4, and finds what must be erased from it.
 *
 * @returns also the position at which the video ends; bytes behind it belong to no box
 * @throws InvalidError
 */
export async function readMp4(file: VideoFile): Promise<{ info: VideoInfo; erasures: Erasure[]; end: number }> {
  const top = await readFileBoxes(file, FILE_PLAN, (boxes) => findBox(boxes, "moov") !== null && hasPictures(boxes));
  const moov = findBox(top, "moov");
  if (top[0]?.type !== "ftyp" || !moov)
    throw fileError("is not a complete MP4 video: its description (moov) is missing");
  if (!hasPictures(top)) throw fileError("is not a complete MP4 video: its pictures (mdat) are missing");
  for (const trak of moov.inside) {
    if (trak.type !== "trak" || (await readHandler(file, trak)) !== "vide") continue;
    const size = await readVideoTrack(file, trak);
    const info = { ...size, duration: await readDuration(file, moov) };
    return { info, erasures: await eraseMp4(file, top, moov), end: top.at(-1)!.end };
  }
  throw fileError("has no video track");
}

function hasPictures(boxes: readonly Box[]): boolean {
  return boxes.some(({ type, start, end }) => type === "mdat" && end > start);
}

/** @returns the size at which a video track is shown: of its pixels, or else as the track says, and turned */
async function readVideoTrack(file: VideoFile, trak: Box): Promise<Size> {
  const stsd = findBox(trak.inside, "mdia", "minf", "stbl", "stsd");
  const described = await needContent(file, stsd, 16);
  const codec = described.toString("latin1", 12, 16);
  if (!CODECS.has(codec)) {
    throw fileError(`has a video track of a codec that browsers don't play (${codec.replace(/[^\x20-\x7e]/g, "?")})`);
  }
  const tkhd = findBox(trak.inside, "tkhd");
  const [version] = await needContent(file, tkhd, 1);
  // Version 1 has 8 bytes for each of three times, version 0 has 4. The matrix and the size (16.16 fixed point) follow.
  const matrixAt = version === 1 ? 52 : 40;
  const header = await needContent(file, tkhd, matrixAt + 44);
  const size = (await readPixels(file, stsd!)) ?? {
    width: header.readUInt32BE(matrixAt + 36) >>> 16,
    height: header.readUInt32BE(matrixAt + 40) >>> 16,
  };
  // Phones held upright store a rotation as the matrix [a b; c d]. A quarter turn has a = d = 0.
  const isTurned = header.readInt32BE(matrixAt) === 0 && header.readInt32BE(matrixAt + 16) === 0;
  return isTurned ? { width: size.height, height: size.width } : size;
}

/** The fixed part of a description of pictures (`VisualSampleEntry`), from the beginning of `stsd`'s content. */
const PICTURE_ENTRY_BYTES = 94;

/**
 * The size of a video whose description states the shape of its pixels (`pasp`), as browsers show it. Without that, the
 * size of the track counts: programs that leave out the shape have stretched the track instead.
 */
async function readPixels(file: VideoFile, stsd: Box): Promise<Size | null> {
  const entry = await readContent(file, stsd, PICTURE_ENTRY_BYTES);
  if (!entry) return null;
  const end = Math.min(stsd.end, stsd.start + 8 + entry.readUInt32BE(8));
  const pasp = await readContent(file, await searchBox(file, "pasp", stsd.start + PICTURE_ENTRY_BYTES, end), 8);
  const size = { width: entry.readUInt16BE(40), height: entry.readUInt16BE(42) };
  if (!pasp || size.width === 0 || size.height === 0) return null;
  return stretch(size, pasp.readUInt32BE(0) / pasp.readUInt32BE(4));
}

/** The duration in seconds, from the header of the video or else of its fragments; null if neither states one. */
async function readDuration(file: VideoFile, moov: Box): Promise<number | null> {
  const mvhd = findBox(moov.inside, "mvhd");
  const [version] = await needContent(file, mvhd, 1);
  const long = version === 1;
  const header = await needContent(file, mvhd, long ? 32 : 20);
  const timescale = header.readUInt32BE(long ? 20 : 12);
  const duration = long ? Number(header.readBigUInt64BE(24)) : header.readUInt32BE(16);
  if (timescale === 0) throw fileError("is damaged: its timescale is zero");
  const unknown = duration === 0 || duration === 0xffff_ffff || duration > Number.MAX_SAFE_INTEGER;
  if (!unknown) return duration / timescale;
  const mehd = findBox(moov.inside, "mvex", "mehd");
  if (!mehd) return null;
  const fragments = await needContent(file, mehd, 8);
  const total =
    fragments[0] === 1 ? Number((await needContent(file, mehd, 12)).readBigUInt64BE(4)) : fragments.readUInt32BE(4);
  return total / timescale;
}
