import type { Erasure } from "./erase.ts";
import { fileError } from "./file-error.ts";
import { type Box, findBox, needContent, readBoxes, readHandler } from "./mp4-boxes.ts";
import { eraseMp4, FILE_PLAN } from "./mp4-erase.ts";
import type { VideoFile } from "./video-file.ts";
import type { VideoInfo } from "./video-info.ts";

/** The codecs that browsers play in MP4: H.264, H.265, VP8, VP9, AV1. */
const CODECS = new Set(["avc1", "avc3", "hvc1", "hev1", "vp08", "vp09", "av01"]);

/** Reads the size and duration of an MP4, and finds what must be erased from it. @throws InvalidError */
export async function readMp4(file: VideoFile): Promise<{ info: VideoInfo; erasures: Erasure[] }> {
  const top = await readBoxes(file, 0, file.size, FILE_PLAN);
  const moov = findBox(top, "moov");
  if (top[0]?.type !== "ftyp" || !moov)
    throw fileError("is not a complete MP4 video: its description (moov) is missing");
  if (!top.some(({ type, start, end }) => type === "mdat" && end > start)) {
    throw fileError("is not a complete MP4 video: its pictures (mdat) are missing");
  }
  for (const trak of moov.inside) {
    if (trak.type !== "trak" || (await readHandler(file, trak)) !== "vide") continue;
    const size = await readVideoTrack(file, trak);
    const info = { ...size, duration: await readDuration(file, moov) };
    return { info, erasures: await eraseMp4(file, top, moov) };
  }
  throw fileError("has no video track");
}

/** @returns the size at which a video track is shown */
async function readVideoTrack(file: VideoFile, trak: Box): Promise<{ width: number; height: number }> {
  const described = await needContent(file, findBox(trak.inside, "mdia", "minf", "stbl", "stsd"), 16);
  const codec = described.toString("latin1", 12, 16);
  if (!CODECS.has(codec)) {
    throw fileError(`has a video track of a codec that browsers don't play (${codec.replace(/[^\x20-\x7e]/g, "?")})`);
  }
  const tkhd = findBox(trak.inside, "tkhd");
  const [version] = await needContent(file, tkhd, 1);
  // Version 1 has 8 bytes for each of three times, version 0 has 4. The matrix and the size (16.16 fixed point) follow.
  return version === 1 ? sizeOf(await needContent(file, tkhd, 96), 52) : sizeOf(await needContent(file, tkhd, 84), 40);
}

function sizeOf(header: Buffer, matrixAt: number): { width: number; height: number } {
  const width = header.readUInt32BE(matrixAt + 36) >>> 16;
  const height = header.readUInt32BE(matrixAt + 40) >>> 16;
  // Phones held upright store a rotation as the matrix [a b; c d]. A quarter turn has a = d = 0.
  const turned = header.readInt32BE(matrixAt) === 0 && header.readInt32BE(matrixAt + 16) === 0;
  return turned ? { width: height, height: width } : { width, height };
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
