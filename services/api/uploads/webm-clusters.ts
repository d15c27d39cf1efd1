import type { Erasure } from "./erase.ts";
import type { VideoFile } from "./video-file.ts";
import { type Element, HEAD_BYTES, lengthOf, readHead, readNumber } from "./webm-elements.ts";

const SIMPLE_BLOCK = 0xa3;
const BLOCK_GROUP = 0xa0;
const BLOCK = 0xa1;

/**
 * The elements of a segment, of which a cluster has none: clusters, information, tracks, tags, attachments, chapters,
 * cues and seek heads.
 */
const SEGMENT_LEVEL = new Set([
  0x1f43b675, 0x1549a966, 0x1654ae6b, 0x1254c367, 0x1941a469, 0x1043a770, 0x1c53bb6b, 0x114d9b74,
]);

/** The head of an element in a cluster, and the positions of its content. */
interface Frame {
  id: number;
  at: number;
  start: number;
  end: number;
}

/**
 * Finds the end of a cluster of unknown size: the next element of the segment, or the first bytes that are no whole
 * element, at which players stop. Recorders write such clusters, because they don't know the size yet.
 *
 * @param end of the segment
 */
export async function endOfCluster(file: VideoFile, start: number, end: number): Promise<number> {
  for (let at = start; at < end;) {
    const frame = readFrame(file.held(at, HEAD_BYTES) ?? (await file.read(at, HEAD_BYTES)), at);
    if (!frame || frame.end > end || SEGMENT_LEVEL.has(frame.id)) return at;
    file.countFrames();
    at = frame.end;
  }
  return end;
}

/** Finds the frames of these tracks in a cluster, with all that belongs to each frame. */
export async function trackFrames(file: VideoFile, cluster: Element, tracks: ReadonlySet<number>): Promise<Frame[]> {
  const found: Frame[] = [];
  for (let at = cluster.start; at < cluster.end;) {
    const frame = readFrame(file.held(at, HEAD_BYTES) ?? (await file.read(at, HEAD_BYTES)), at);
    if (!frame || frame.end > cluster.end) break;
    file.countFrames();
    const block = frame.id === BLOCK_GROUP ? await blockOf(file, frame) : frame;
    if (block && (await isOf(file, block, tracks))) {
      file.countPart();
      found.push(frame);
    }
    at = frame.end;
  }
  return found;
}

/** @returns null for no element, and for one that may not be in a cluster, because its size is unknown */
function readFrame(bytes: Buffer, at: number): Frame | null {
  const head = readHead(bytes);
  if (!head) return null;
  const start = at + head.length;
  if (head.size === null) return SEGMENT_LEVEL.has(head.id) ? { id: head.id, at, start, end: start } : null;
  return { id: head.id, at, start, end: start + head.size };
}

/** Finds the block of a group. */
async function blockOf(file: VideoFile, group: Frame): Promise<Frame | null> {
  for (let at = group.start; at < group.end;) {
    const inner = readFrame(file.held(at, HEAD_BYTES) ?? (await file.read(at, HEAD_BYTES)), at);
    if (!inner || inner.id === BLOCK) return inner;
    file.countFrames();
    at = inner.end;
  }
  return null;
}

/** Whether a block belongs to one of the tracks. A block begins with the number of its track. */
async function isOf(file: VideoFile, { id, start }: Frame, tracks: ReadonlySet<number>): Promise<boolean> {
  if (id !== SIMPLE_BLOCK && id !== BLOCK) return false;
  const bytes = file.held(start, 8) ?? (await file.read(start, 8));
  const length = lengthOf(bytes[0]);
  return length > 0 && bytes.length >= length && tracks.has(readNumber(bytes, 0, length));
}

/** Turns an element into one of the same length that players skip. */
export function voided({ at, end }: Pick<Frame, "at" | "end">): Erasure[] {
  const length = end - at;
  const head = Buffer.alloc(length < 9 ? 2 : 9);
  head[0] = 0xec;
  if (length < 9) {
    head[1] = 0x80 | (length - 2);
  } else {
    // A size of eight bytes fits every length.
    head[1] = 0x01;
    head.writeUIntBE(length - 9, 3, 6);
  }
  return [
    { at, end: at + head.length, bytes: head },
    { at: at + head.length, end },
  ];
}
