import { fileError } from "./file-error.ts";
import type { RandomAccess } from "./random-access.ts";
import type { VideoInfo } from "./video-info.ts";

/*
 * The ISO base media file format (ISO/IEC 14496-12) consists of boxes: a size, a type, and content or further boxes.
 */

/** A box: its type, and the positions in the file at which its content begins and ends. */
interface Box {
  type: string;
  start: number;
  end: number;
}

/** The codecs that browsers play in MP4: H.264, H.265, VP8, VP9, AV1. */
const CODECS = new Set(["avc1", "avc3", "hvc1", "hev1", "vp08", "vp09", "av01"]);
/** A file of 100 MiB with one fragment a second has a few thousand boxes at the top level. */
const MAX_BOXES = 50_000;

/** Reads the size and duration of an MP4. @throws InvalidError */
export async function readMp4(file: RandomAccess): Promise<VideoInfo> {
  const top = await readBoxes(file, 0, file.size);
  const moov = top.find(({ type }) => type === "moov");
  if (top[0]?.type !== "ftyp" || !moov)
    throw fileError("is not a complete MP4 video: its description (moov) is missing");
  if (!top.some(({ type, start, end }) => type === "mdat" && end > start)) {
    throw fileError("is not a complete MP4 video: its pictures (mdat) are missing");
  }
  const inside = await readBoxes(file, moov.start, moov.end);
  for (const trak of inside.filter(({ type }) => type === "trak")) {
    const size = await readVideoTrack(file, trak);
    if (size) return { ...size, duration: await readDuration(file, inside) };
  }
  throw fileError("has no video track");
}

/** Reads the boxes from `at` to `end`, which they must fill exactly. */
async function readBoxes(file: RandomAccess, at: number, end: number): Promise<Box[]> {
  const boxes: Box[] = [];
  while (at < end) {
    const head = await file.read(at, 16);
    if (head.length < 8 || boxes.length >= MAX_BOXES) throw fileError("is damaged: its MP4 boxes are not valid");
    const type = head.toString("latin1", 4, 8);
    let size = head.readUInt32BE(0);
    let start = at + 8;
    if (size === 1 && head.length === 16) {
      size = Number(head.readBigUInt64BE(8));
      start = at + 16;
    } else if (size === 0) {
      size = end - at;
    }
    if (!/^[\x20-\x7e\xa9]{4}$/.test(type) || size < start - at)
      throw fileError("is damaged: its MP4 boxes are not valid");
    if (at + size > end) throw fileError("is cut off: it ends in the middle");
    boxes.push({ type, start, end: at + size });
    at += size;
  }
  return boxes;
}

/** Finds a nested box by the types on the path to it. */
async function find(file: RandomAccess, from: Box, ...path: string[]): Promise<Box | null> {
  let box: Box | undefined = from;
  for (const type of path) {
    box = (await readBoxes(file, box.start, box.end)).find((inner) => inner.type === type);
    if (!box) return null;
  }
  return box;
}

/** @returns the size at which a track is shown; null if it is no video */
async function readVideoTrack(file: RandomAccess, trak: Box): Promise<{ width: number; height: number } | null> {
  const handler = await content(file, await find(file, trak, "mdia", "hdlr"), 12);
  if (handler.toString("latin1", 8, 12) !== "vide") return null;
  const described = await content(file, await find(file, trak, "mdia", "minf", "stbl", "stsd"), 16);
  const codec = described.toString("latin1", 12, 16);
  if (!CODECS.has(codec)) {
    throw fileError(`has a video track of a codec that browsers don't play (${codec.replace(/[^\x20-\x7e]/g, "?")})`);
  }
  const tkhd = await find(file, trak, "tkhd");
  const [version] = await content(file, tkhd, 1);
  // Version 1 has 8 bytes for each of three times, version 0 has 4. The matrix and the size (16.16 fixed point) follow.
  return version === 1 ? sizeOf(await content(file, tkhd, 96), 52) : sizeOf(await content(file, tkhd, 84), 40);
}

function sizeOf(header: Buffer, matrixAt: number): { width: number; height: number } {
  const width = header.readUInt32BE(matrixAt + 36) >>> 16;
  const height = header.readUInt32BE(matrixAt + 40) >>> 16;
  // Phones held upright store a rotation as the matrix [a b; c d]. A quarter turn has a = d = 0.
  const turned = header.readInt32BE(matrixAt) === 0 && header.readInt32BE(matrixAt + 16) === 0;
  return turned ? { width: height, height: width } : { width, height };
}

/** The duration in seconds, from the header of the video or else of its fragments; null if neither states one. */
async function readDuration(file: RandomAccess, inside: Box[]): Promise<number | null> {
  const mvhd = inside.find(({ type }) => type === "mvhd") ?? null;
  const [version] = await content(file, mvhd, 1);
  const long = version === 1;
  const header = await content(file, mvhd, long ? 32 : 20);
  const timescale = header.readUInt32BE(long ? 20 : 12);
  const duration = long ? Number(header.readBigUInt64BE(24)) : header.readUInt32BE(16);
  if (timescale === 0) throw fileError("is damaged: its timescale is zero");
  const unknown = duration === 0 || duration === 0xffff_ffff || duration > Number.MAX_SAFE_INTEGER;
  if (!unknown) return duration / timescale;
  const mvex = inside.find(({ type }) => type === "mvex");
  const mehd = mvex && (await find(file, mvex, "mehd"));
  if (!mehd) return null;
  const fragments = await content(file, mehd, 8);
  const total =
    fragments[0] === 1 ? Number((await content(file, mehd, 12)).readBigUInt64BE(4)) : fragments.readUInt32BE(4);
  return total / timescale;
}

/** Reads the first `length` bytes of a box. @throws InvalidError if the box is missing or shorter */
async function content(file: RandomAccess, box: Box | null, length: number): Promise<Buffer> {
  if (!box || box.end - box.start < length) throw fileError("is damaged: a part of its description is missing");
  const bytes = await file.read(box.start, length);
  if (bytes.length < length) throw fileError("is cut off: it ends in the middle");
  return bytes;
}
