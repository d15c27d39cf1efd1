import { fileError } from "./file-error.ts";
import type { RandomAccess } from "./random-access.ts";
import type { VideoInfo } from "./video-info.ts";

/*
 * WebM is a subset of Matroska (RFC 9559), which is EBML (RFC 8794): it consists of elements with an id, a size and
 * content. Ids and sizes are numbers of 1 to 8 bytes, and their first byte tells their length.
 */

/** An element: its id, and the positions in the file at which its content begins and ends. */
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
/** A file of 100 MiB with one cluster a second has a few thousand elements on one level. */
const MAX_ELEMENTS = 50_000;

/** Reads the size and duration of a WebM. @throws InvalidError */
export async function readWebm(file: RandomAccess): Promise<VideoInfo> {
  const [header, segment] = await readElements(file, 0, file.size);
  const docType = header?.id === ID.ebml ? await text(file, await find(file, header, ID.docType)) : "";
  if (docType !== "webm") throw fileError(docType === "matroska" ? "is a Matroska video, no WebM" : "is no WebM video");
  if (segment?.id !== ID.segment) throw fileError("is not a complete WebM video: it has no content");
  const inside = await readElements(file, segment.start, segment.end);
  if (!inside.some(({ id, start, end }) => id === ID.cluster && end > start)) {
    throw fileError("is not a complete WebM video: its pictures are missing");
  }
  const tracks = inside.find(({ id }) => id === ID.tracks);
  for (const entry of tracks ? await readElements(file, tracks.start, tracks.end) : []) {
    if (entry.id !== ID.trackEntry) continue;
    if ((await integer(file, await find(file, entry, ID.trackType))) !== VIDEO_TRACK) continue;
    const codec = await text(file, await find(file, entry, ID.codec));
    if (!CODECS.has(codec)) throw fileError("has a video track of a codec that browsers don't play in WebM");
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
  throw fileError("has no video track");
}

/**
 * Reads the elements from `at` to `end`. Recorders write elements of unknown size. Such an element, together with the
 * clusters after it, counts as one that reaches to the end, because nothing here needs to tell them apart.
 */
async function readElements(file: RandomAccess, at: number, end: number): Promise<Element[]> {
  const elements: Element[] = [];
  while (at < end) {
    if (elements.length >= MAX_ELEMENTS) throw fileError("is damaged: its WebM elements are not valid");
    const head = await file.read(at, 12);
    const id = readNumber(head, 0, true);
    const size = id && readNumber(head, id.length, false);
    if (!id || id.length > 4 || !size) throw fileError("is damaged: its WebM elements are not valid");
    const start = at + id.length + size.length;
    const stop = size.value === null ? end : start + size.value;
    if (stop > end) throw fileError("is cut off: it ends in the middle");
    elements.push({ id: id.value!, start, end: stop });
    at = stop;
  }
  return elements;
}

/**
 * @param keepMark ids keep the bit that marks their length, sizes don't
 * @returns null if no valid number is there; a `value` of null for a size of only one-bits, which means "unknown"
 */
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

async function find(file: RandomAccess, parent: Element, id: number): Promise<Element | undefined> {
  return (await readElements(file, parent.start, parent.end)).find((element) => element.id === id);
}

async function content(file: RandomAccess, element: Element | undefined, maxBytes: number): Promise<Buffer> {
  if (!element) return Buffer.alloc(0);
  if (element.end - element.start > maxBytes) throw fileError("is damaged: a part of its description is far too long");
  return file.read(element.start, element.end - element.start);
}

async function integer(file: RandomAccess, element: Element | undefined): Promise<number> {
  const bytes = await content(file, element, 8);
  return bytes.reduce((value, byte) => value * 256 + byte, 0);
}

async function text(file: RandomAccess, element: Element | undefined): Promise<string> {
  return (await content(file, element, 64)).toString("latin1").replace(/\0+$/, "");
}

/** The duration in seconds; null if the container does not state it. */
async function readDuration(file: RandomAccess, info: Element | undefined): Promise<number | null> {
  if (!info) return null;
  const bytes = await content(file, await find(file, info, ID.duration), 8);
  if (bytes.length !== 4 && bytes.length !== 8) return null;
  const ticks = bytes.length === 4 ? bytes.readFloatBE(0) : bytes.readDoubleBE(0);
  const scale = (await integer(file, await find(file, info, ID.timestampScale))) || 1_000_000;
  return (ticks * scale) / 1e9;
}
