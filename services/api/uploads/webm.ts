import { broken } from "./broken.ts";
import type { Bytes } from "./bytes.ts";
import type { VideoInfo } from "./video-info.ts";

/*
 * WebM, a subset of Matroska (RFC 9559), which is EBML (RFC 8794): elements of id, size and content, where id and size
 * are numbers of 1 to 8 bytes that say their own length.
 */

/** An element: where its content begins and ends in the file. */
interface Element {
  id: number;
  start: number;
  end: number;
}

const ID = {
  ebml: 0x1a45dfa3,
  docType: 0x4282,
  segment: 0x18538067,
  info: 0x1549a966,
  timestampScale: 0x2ad7b1,
  duration: 0x4489,
  tracks: 0x1654ae6b,
  trackEntry: 0xae,
  trackType: 0x83,
  codec: 0x86,
  video: 0xe0,
  pixelWidth: 0xb0,
  pixelHeight: 0xba,
  cluster: 0x1f43b675,
} as const;

const VIDEO_TRACK = 1;
const CODECS = new Set(["V_VP8", "V_VP9", "V_AV1"]);
/** A file of 100 MiB with a cluster a second has some thousands of elements at a level. */
const MAX_ELEMENTS = 50_000;

/** Reads a WebM's size and duration. @throws InvalidError */
export async function readWebm(file: Bytes): Promise<VideoInfo> {
  const [header, segment] = await readElements(file, 0, file.size);
  const docType = header?.id === ID.ebml ? await text(file, await find(file, header, ID.docType)) : "";
  if (docType !== "webm") throw broken(docType === "matroska" ? "is a Matroska video, no WebM" : "is no WebM video");
  if (segment?.id !== ID.segment) throw broken("is no whole WebM video: it has no content");
  const inside = await readElements(file, segment.start, segment.end);
  if (!inside.some(({ id, start, end }) => id === ID.cluster && end > start)) {
    throw broken("is no whole WebM video: its pictures are missing");
  }
  const tracks = inside.find(({ id }) => id === ID.tracks);
  for (const entry of tracks ? await readElements(file, tracks.start, tracks.end) : []) {
    if (entry.id !== ID.trackEntry) continue;
    if ((await integer(file, await find(file, entry, ID.trackType))) !== VIDEO_TRACK) continue;
    const codec = await text(file, await find(file, entry, ID.codec));
    if (!CODECS.has(codec)) throw broken("has a video track of a kind that browsers don't play in WebM");
    const video = await find(file, entry, ID.video);
    if (!video) break;
    return {
      width: await integer(file, await find(file, video, ID.pixelWidth)),
      height: await integer(file, await find(file, video, ID.pixelHeight)),
      duration: await readDuration(
        file,
        inside.find(({ id }) => id === ID.info),
      ),
    };
  }
  throw broken("has no video track");
}

/**
 * The elements from `at` to `end`. One whose size is unknown, as recorders write them, goes to the end, and so do the
 * clusters after it: they need not be told apart here.
 */
async function readElements(file: Bytes, at: number, end: number): Promise<Element[]> {
  const elements: Element[] = [];
  while (at < end) {
    if (elements.length >= MAX_ELEMENTS) throw broken("is damaged: it has no proper WebM elements");
    const head = await file.read(at, 12);
    const id = readNumber(head, 0, true);
    const size = id && readNumber(head, id.length, false);
    if (!id || id.length > 4 || !size) throw broken("is damaged: it has no proper WebM elements");
    const start = at + id.length + size.length;
    const stop = size.value === null ? end : start + size.value;
    if (stop > end) throw broken("is cut off: it ends in the middle");
    elements.push({ id: id.value!, start, end: stop });
    at = stop;
  }
  return elements;
}

/** @param keepMark ids keep the bit that says their length, sizes don't; a size of ones only is unknown: null */
function readNumber(head: Buffer, at: number, keepMark: boolean): { value: number | null; length: number } | null {
  const first = head[at];
  if (first === undefined || first === 0) return null;
  const length = Math.clz32(first) - 23;
  if (head.length < at + length) return null;
  const mark = 1 << (8 - length);
  let value = BigInt(keepMark ? first : first - mark);
  for (let n = 1; n < length; n += 1) value = (value << 8n) | BigInt(head[at + n]!);
  const unknown = !keepMark && value === (1n << BigInt(7 * length)) - 1n;
  return { value: unknown ? null : Number(value), length };
}

async function find(file: Bytes, parent: Element, id: number): Promise<Element | undefined> {
  return (await readElements(file, parent.start, parent.end)).find((element) => element.id === id);
}

async function content(file: Bytes, element: Element | undefined, most: number): Promise<Buffer> {
  if (!element) return Buffer.alloc(0);
  if (element.end - element.start > most) throw broken("is damaged: a part of its description is far too long");
  return file.read(element.start, element.end - element.start);
}

async function integer(file: Bytes, element: Element | undefined): Promise<number> {
  const bytes = await content(file, element, 8);
  return bytes.reduce((value, byte) => value * 256 + byte, 0);
}

async function text(file: Bytes, element: Element | undefined): Promise<string> {
  return (await content(file, element, 64)).toString("latin1").replace(/\0+$/, "");
}

/** Seconds; null when the container does not tell. */
async function readDuration(file: Bytes, info: Element | undefined): Promise<number | null> {
  if (!info) return null;
  const bytes = await content(file, await find(file, info, ID.duration), 8);
  if (bytes.length !== 4 && bytes.length !== 8) return null;
  const ticks = bytes.length === 4 ? bytes.readFloatBE(0) : bytes.readDoubleBE(0);
  const scale = (await integer(file, await find(file, info, ID.timestampScale))) || 1_000_000;
  return (ticks * scale) / 1e9;
}
