import type { InvalidError } from "../../../lib/errors.ts";
import { fileError } from "./file-error.ts";
import type { VideoFile } from "./video-file.ts";

/*
 * The ISO base media file format (ISO/IEC 14496-12) consists of boxes: a size, a type, and content or further boxes.
 */

/** A box of an MP4. All positions are positions in the file. */
export interface Box {
  type: string;
  /** The position of the box itself. */
  at: number;
  /** The positions at which its content begins and ends. */
  start: number;
  end: number;
  /** The boxes inside, for types of which the {@link Plan} names the content. */
  inside: Box[];
  /** Whether the plan names the type. */
  isKnown: boolean;
}

/** The types of boxes that a box may hold, and what these may hold in turn; `true` for content that is not walked. */
export interface Plan {
  readonly [type: string]: Plan | true;
}

/** Reads the boxes from `at` to `end`, which they must fill exactly, and the boxes inside of them by the plan. */
async function readBoxes(file: VideoFile, at: number, end: number, plan: Plan): Promise<Box[]> {
  const boxes: Box[] = [];
  while (at < end) {
    const box = await readBox(file, at, end, plan);
    if (!box) throw damaged();
    if (box.end > end) throw cutOff();
    boxes.push(box);
    at = box.end;
  }
  return boxes;
}

/**
 * Reads the boxes of a file, and the boxes inside of them by the plan. Phones write bytes of their own behind the last
 * box of a recording. Players ignore such bytes, so the boxes end there.
 *
 * @param isWhole whether these boxes make a video, so that none but a box of a known type may be missing
 */
export async function readFileBoxes(
  file: VideoFile,
  plan: Plan,
  isWhole: (boxes: readonly Box[]) => boolean,
): Promise<Box[]> {
  const boxes: Box[] = [];
  for (let at = 0; at < file.size; at = boxes.at(-1)!.end) {
    const box = await readBox(file, at, file.size, plan);
    if (box && box.end <= file.size) boxes.push(box);
    else if (!box?.isKnown && isWhole(boxes)) break;
    else throw box ? cutOff() : damaged();
  }
  return boxes;
}

/** Finds a box of a type among those from `at` to `end`, which may be followed by other bytes. */
export async function searchBox(file: VideoFile, type: string, at: number, end: number): Promise<Box | null> {
  for (;;) {
    const box = await readBox(file, at, end, {});
    if (!box || box.end > end) return null;
    if (box.type === type) return box;
    at = box.end;
  }
}

/** @returns null if no box is there; one that ends behind `end` comes without the boxes inside of it */
async function readBox(file: VideoFile, at: number, end: number, plan: Plan): Promise<Box | null> {
  file.countPart();
  const box = readHead(file.held(at, 16) ?? (await file.read(at, 16)), at, end);
  if (!box) return null;
  const content = Object.hasOwn(plan, box.type) ? plan[box.type] : undefined;
  box.isKnown = content !== undefined;
  if (typeof content === "object" && box.end <= end) box.inside = await readBoxes(file, box.start, box.end, content);
  return box;
}

function damaged(): InvalidError {
  return fileError("is damaged: its MP4 boxes are not valid");
}

function cutOff(): InvalidError {
  return fileError("is cut off: it ends in the middle");
}

/** @returns null if no box is there */
function readHead(head: Buffer, at: number, end: number): Box | null {
  if (head.length < 8) return null;
  const type = head.toString("latin1", 4, 8);
  let size = head.readUInt32BE(0);
  let start = at + 8;
  if (size === 1 && head.length === 16) {
    size = Number(head.readBigUInt64BE(8));
    start = at + 16;
  } else if (size === 0) {
    // The box reaches to the end.
    size = end - at;
  }
  if (!/^[\x20-\x7e\xa9]{4}$/.test(type) || size < start - at) return null;
  return { type, at, start, end: at + size, inside: [], isKnown: false };
}

/** Finds a nested box by the types on the path to it. */
export function findBox(boxes: readonly Box[], ...path: string[]): Box | null {
  let found: Box | undefined;
  for (const type of path) {
    found = boxes.find((box) => box.type === type);
    if (!found) return null;
    boxes = found.inside;
  }
  return found ?? null;
}

/** Reads the first `length` bytes of a box; at most 64 KiB. @returns null if the box is missing or shorter */
export async function readContent(file: VideoFile, box: Box | null, length: number): Promise<Buffer | null> {
  if (!box || box.end - box.start < length) return null;
  const bytes = await file.read(box.start, length);
  return bytes.length < length ? null : bytes;
}

/** The same for a box that must be there. @throws InvalidError */
export async function needContent(file: VideoFile, box: Box | null, length: number): Promise<Buffer> {
  const bytes = await readContent(file, box, length);
  if (!bytes) throw fileError("is damaged: a part of its description is missing");
  return bytes;
}

/** The kind of a track: `vide`, `soun` or another; empty if the track does not say. */
export async function readHandler(file: VideoFile, trak: Box): Promise<string> {
  const handler = await readContent(file, findBox(trak.inside, "mdia", "hdlr"), 12);
  return handler?.toString("latin1", 8, 12) ?? "";
}
