import { broken } from "./broken.ts";
import type { Bytes } from "./bytes.ts";
import type { VideoInfo } from "./video-info.ts";

/*
 * The ISO base media file format (ISO/IEC 14496-12): boxes of size, type and content, some of which hold boxes.
 */

/** A box: where its content begins and ends in the file. */
interface Box {
  type: string;
  start: number;
  end: number;
}

/** What browsers play in MP4: H.264, H.265, VP8, VP9, AV1. */
const CODECS = new Set(["avc1", "avc3", "hvc1", "hev1", "vp08", "vp09", "av01"]);
/** A file of 100 MiB with one fragment a second has some thousands of boxes at the top. */
const MAX_BOXES = 50_000;

/** Reads an MP4's size and duration. @throws InvalidError */
export async function readMp4(file: Bytes): Promise<VideoInfo> {
  const top = await readBoxes(file, 0, file.size);
  const moov = top.find(({ type }) => type === "moov");
  if (top[0]?.type !== "ftyp" || !moov) throw broken("is no whole MP4 video: its description (moov) is missing");
  if (!top.some(({ type, start, end }) => type === "mdat" && end > start)) {
    throw broken("is no whole MP4 video: its pictures (mdat) are missing");
  }
  const inside = await readBoxes(file, moov.start, moov.end);
  for (const trak of inside.filter(({ type }) => type === "trak")) {
    const size = await readVideoTrack(file, trak);
    if (size) return { ...size, duration: await readDuration(file, inside) };
  }
  throw broken("has no video track");
}

/** The boxes from `at` to `end`, whose sizes must fit exactly. */
async function readBoxes(file: Bytes, at: number, end: number): Promise<Box[]> {
  const boxes: Box[] = [];
  while (at < end) {
    const head = await file.read(at, 16);
    if (head.length < 8 || boxes.length >= MAX_BOXES) throw broken("is damaged: it has no proper MP4 boxes");
    const type = head.toString("latin1", 4, 8);
    let size = head.readUInt32BE(0);
    let start = at + 8;
    if (size === 1 && head.length === 16) {
      size = Number(head.readBigUInt64BE(8));
      start = at + 16;
    } else if (size === 0) {
      size = end - at;
    }
    if (!/^[\x20-\x7e\xa9]{4}$/.test(type) || size < start - at) throw broken("is damaged: it has no proper MP4 boxes");
    if (at + size > end) throw broken("is cut off: it ends in the middle");
    boxes.push({ type, start, end: at + size });
    at += size;
  }
  return boxes;
}

/** Walks down a path of boxes. */
async function find(file: Bytes, from: Box, ...path: string[]): Promise<Box | null> {
  let box: Box | undefined = from;
  for (const type of path) {
    box = (await readBoxes(file, box.start, box.end)).find((inner) => inner.type === type);
    if (!box) return null;
  }
  return box;
}

/** @returns the size at which a track is shown, null when it is no video */
async function readVideoTrack(file: Bytes, trak: Box): Promise<{ width: number; height: number } | null> {
  const handler = await content(file, await find(file, trak, "mdia", "hdlr"), 12);
  if (handler.toString("latin1", 8, 12) !== "vide") return null;
  const described = await content(file, await find(file, trak, "mdia", "minf", "stbl", "stsd"), 16);
  const codec = described.toString("latin1", 12, 16);
  if (!CODECS.has(codec)) {
    throw broken(`has a video track of a kind that browsers don't play (${codec.replace(/[^\x20-\x7e]/g, "?")})`);
  }
  const header = await content(file, await find(file, trak, "tkhd"), 84);
  // Version 1 has three times of 8 instead of 4 bytes; the matrix and the size (16.16 fixed point) stand at the end.
  const at = header[0] === 1 ? 52 : 40;
  if (header[0] === 1) return sizeOf(await content(file, await find(file, trak, "tkhd"), 96), at);
  return sizeOf(header, at);
}

function sizeOf(header: Buffer, matrixAt: number): { width: number; height: number } {
  const width = header.readUInt32BE(matrixAt + 36) >>> 16;
  const height = header.readUInt32BE(matrixAt + 40) >>> 16;
  // A film taken upright is turned by its matrix [a b; c d]: a quarter turn has a = d = 0.
  const turned = header.readInt32BE(matrixAt) === 0 && header.readInt32BE(matrixAt + 16) === 0;
  return turned ? { width: height, height: width } : { width, height };
}

/** Seconds, from the film's header, or where its fragments follow, from theirs; null when neither tells. */
async function readDuration(file: Bytes, inside: Box[]): Promise<number | null> {
  const header = await content(file, inside.find(({ type }) => type === "mvhd") ?? null, 20);
  const long = header[0] === 1;
  const whole = long ? await content(file, inside.find(({ type }) => type === "mvhd") ?? null, 32) : header;
  const timescale = whole.readUInt32BE(long ? 20 : 12);
  const duration = long ? Number(whole.readBigUInt64BE(24)) : whole.readUInt32BE(16);
  if (timescale === 0) throw broken("is damaged: its time has no scale");
  const unknown = duration === 0 || duration === 0xffff_ffff || duration > Number.MAX_SAFE_INTEGER;
  if (!unknown) return duration / timescale;
  const extends_ = inside.find(({ type }) => type === "mvex");
  const mehd = extends_ && (await find(file, extends_, "mehd"));
  if (!mehd) return null;
  const fragments = await content(file, mehd, 8);
  const total =
    fragments[0] === 1 ? Number((await content(file, mehd, 12)).readBigUInt64BE(4)) : fragments.readUInt32BE(4);
  return total / timescale;
}

/** The first bytes of a box that must be there and have as many. */
async function content(file: Bytes, box: Box | null, length: number): Promise<Buffer> {
  if (!box || box.end - box.start < length) throw broken("is damaged: a part of its description is missing");
  const bytes = await file.read(box.start, length);
  if (bytes.length < length) throw broken("is cut off: it ends in the middle");
  return bytes;
}
