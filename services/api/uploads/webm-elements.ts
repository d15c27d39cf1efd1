import { fileError } from "./file-error.ts";
import type { VideoFile } from "./video-file.ts";

/*
 * WebM is a subset of Matroska (RFC 9559), which is EBML (RFC 8794): it consists of elements with an id, a size and
 * content. Ids and sizes are numbers of 1 to 8 bytes, and their first byte tells their length.
 */

/** The longest head of an element that we read: an id of 4 bytes and a size of 8. */
export const HEAD_BYTES = 12;

const CLUSTER = 0x1f43b675;

/** An element of a WebM. All positions are positions in the file. */
export interface Element {
  id: number;
  /** The position of the element itself. */
  at: number;
  /** The positions at which its content begins and ends. */
  start: number;
  end: number;
  /** The elements inside, for ids of which the {@link Plan} names the content. */
  inside: Element[];
  /** Whether the plan names the id. */
  isKnown: boolean;
}

/**
 * The ids of elements that an element may hold, and what these may hold in turn: `true` for content that is not walked,
 * a function for content whose end must be searched if the element does not state its size.
 */
export interface Plan {
  readonly [id: number]: Plan | true | ((file: VideoFile, at: number, end: number) => Promise<number>);
}

/**
 * Reads the elements from `at` to `end`, and the elements inside of them by the plan. Recorders write elements of
 * unknown size, which reach to the end unless the plan finds another.
 *
 * @param options.mayEnd whether the elements may end before `end`, once there are pictures: at something that is no
 *   element, or at an unknown element that does not fit. Players ignore such bytes.
 */
export async function readElements(
  file: VideoFile,
  at: number,
  end: number,
  plan: Plan,
  { mayEnd = false } = {},
): Promise<Element[]> {
  const elements: Element[] = [];
  while (at < end) {
    file.countPart();
    const head = readHead(file.held(at, HEAD_BYTES) ?? (await file.read(at, HEAD_BYTES)));
    const content = head ? plan[head.id] : undefined;
    const isOver = () => mayEnd && content === undefined && hasPictures(elements);
    if (!head) {
      if (isOver()) break;
      throw fileError("is damaged: its WebM elements are not valid");
    }
    const start = at + head.length;
    let stop = head.size === null ? end : start + head.size;
    if (head.size === null && typeof content === "function") stop = await content(file, start, end);
    if (stop > end) {
      if (isOver()) break;
      throw fileError("is cut off: it ends in the middle");
    }
    const options = { mayEnd: head.size === null };
    const inside = typeof content === "object" ? await readElements(file, start, stop, content, options) : [];
    if (head.size === null && inside.length > 0) stop = inside.at(-1)!.end;
    elements.push({ id: head.id, at, start, end: stop, inside, isKnown: content !== undefined });
    at = stop;
  }
  return elements;
}

/** Whether a cluster is among these elements, or in one of them. */
function hasPictures(elements: readonly Element[]): boolean {
  return elements.some(({ id, inside }) => id === CLUSTER || inside.some((inner) => inner.id === CLUSTER));
}

/**
 * Reads the head of an element.
 *
 * @returns its id, the size of its content (null for "unknown"), and its own length; null if no element is there
 */
export function readHead(bytes: Buffer): { id: number; size: number | null; length: number } | null {
  const idLength = lengthOf(bytes[0]);
  if (idLength === 0 || idLength > 4 || bytes.length <= idLength) return null;
  const sizeLength = lengthOf(bytes[idLength]);
  if (sizeLength === 0 || bytes.length < idLength + sizeLength) return null;
  return {
    id: bytes.readUIntBE(0, idLength),
    size: isOnes(bytes, idLength, sizeLength) ? null : readNumber(bytes, idLength, sizeLength),
    length: idLength + sizeLength,
  };
}

/** The length of a number that begins with this byte, 1 to 8; 0 if none does. */
export function lengthOf(first: number | undefined): number {
  return first === undefined || first === 0 ? 0 : Math.clz32(first) - 23;
}

/** Reads a number without the bit that marks its length. Above 2^53 it is rounded. */
export function readNumber(bytes: Buffer, at: number, length: number): number {
  let value = bytes[at]! & (0xff >> length);
  for (let n = 1; n < length; n += 1) value = value * 256 + bytes[at + n]!;
  return value;
}

/** Whether all bits of a number are ones, which as a size means "unknown". */
function isOnes(bytes: Buffer, at: number, length: number): boolean {
  if (bytes[at] !== 0xff >> (length - 1)) return false;
  for (let n = 1; n < length; n += 1) if (bytes[at + n] !== 0xff) return false;
  return true;
}

export function find(elements: readonly Element[], id: number): Element | undefined {
  return elements.find((element) => element.id === id);
}

/** Reads the whole content of an element; nothing for a missing one. @throws InvalidError if it is longer */
export async function content(file: VideoFile, element: Element | undefined, maxBytes: number): Promise<Buffer> {
  if (!element) return Buffer.alloc(0);
  if (element.end - element.start > maxBytes) throw fileError("is damaged: a part of its description is far too long");
  return file.read(element.start, element.end - element.start);
}

/** Reads a whole number; 0 for a missing one. */
export async function integer(file: VideoFile, element: Element | undefined): Promise<number> {
  return (await content(file, element, 8)).reduce((value, byte) => value * 256 + byte, 0);
}
