import { type Box, findBox, readContent } from "./mp4-boxes.ts";
import type { VideoFile } from "./video-file.ts";

/** Positions in the file, from `at` to `end`. */
export interface Range {
  at: number;
  end: number;
}

/** Reads the numbers of a table in order, in blocks of the file. */
class Column {
  readonly #file: VideoFile;
  readonly #width: number;
  #at: number;
  readonly #end: number;
  #block: Buffer = Buffer.alloc(0);
  #next = 0;

  /** @param width of a number, in bytes: 4 or 8 */
  constructor(file: VideoFile, { at, end }: Range, width: number) {
    this.#file = file;
    this.#at = at;
    this.#end = end;
    this.#width = width;
  }

  /** Whether {@link take} has a number at hand. */
  get isHeld(): boolean {
    return this.#next + this.#width <= this.#block.length;
  }

  /** Reads more numbers. @returns false at the end of the table */
  async load(): Promise<boolean> {
    const length = Math.min(65_536, this.#end - this.#at);
    this.#block = length < this.#width ? Buffer.alloc(0) : await this.#file.readBlock(this.#at, length);
    this.#at += this.#block.length - (this.#block.length % this.#width);
    this.#next = 0;
    return this.isHeld;
  }

  take(): number {
    const at = this.#next;
    this.#next += this.#width;
    return this.#width === 4 ? this.#block.readUInt32BE(at) : Number(this.#block.readBigUInt64BE(at));
  }

  /** The next number; null at the end of the table. */
  async next(): Promise<number | null> {
    return this.isHeld || (await this.load()) ? this.take() : null;
  }
}

/** Adds the ranges of a track's samples, by its sample table: the samples lie in chunks, one after the other. */
export async function sampleRanges(file: VideoFile, table: Box, ranges: Range[]): Promise<void> {
  const long = findBox(table.inside, "co64");
  const offsets = long ?? findBox(table.inside, "stco");
  const runs = findBox(table.inside, "stsc");
  const sizes = findBox(table.inside, "stsz");
  const head = await readContent(file, sizes, 12);
  if (!offsets || !runs || !sizes || !head) return;
  const sizeOfAll = head.readUInt32BE(4);
  const chunks = new Column(file, { at: offsets.start + 8, end: offsets.end }, long ? 8 : 4);
  const runTable = new Column(file, { at: runs.start + 8, end: runs.end }, 4);
  const sizeTable = new Column(file, { at: sizes.start + 12, end: sizes.end }, 4);

  /** The bytes of the next samples. */
  async function take(count: number): Promise<number> {
    if (sizeOfAll > 0) return count * sizeOfAll;
    let bytes = 0;
    for (let n = 0; n < count; n += 1) {
      if (!sizeTable.isHeld && !(await sizeTable.load())) break;
      file.countFrames();
      bytes += sizeTable.take();
    }
    return bytes;
  }

  // A run says from which chunk on, counted from 1, each chunk has how many samples.
  const nextRun = async () => {
    const [first, count] = [await runTable.next(), await runTable.next()];
    await runTable.next();
    return first === null || count === null ? null : { first, count };
  };
  let run = await nextRun();
  let following = await nextRun();
  for (let chunk = 1; run; chunk += 1) {
    const at = await chunks.next();
    if (at === null) break;
    file.countPart();
    while (following && following.first <= chunk) {
      file.countPart();
      run = following;
      following = await nextRun();
    }
    ranges.push({ at, end: at + (await take(run.count)) });
  }
}

/** Adds the ranges of the samples that the fragments of a video have of these tracks. */
export async function fragmentRanges(
  file: VideoFile,
  { top, moov, tracks }: { top: readonly Box[]; moov: Box; tracks: ReadonlySet<number> },
  ranges: Range[],
): Promise<void> {
  const defaults = await defaultSizes(file, moov);
  for (const moof of top) {
    if (moof.type !== "moof") continue;
    for (const traf of moof.inside) {
      const tfhd = traf.type === "traf" ? findBox(traf.inside, "tfhd") : null;
      const head = tfhd && (await file.read(tfhd.start, Math.min(40, tfhd.end - tfhd.start)));
      const track = head && head.length >= 8 ? head.readUInt32BE(4) : null;
      if (track === null || !tracks.has(track)) continue;
      const { base = moof.at, size: defaultSize = defaults.get(track) ?? 0 } = trackHeader(head!);
      let at = base;
      for (const trun of traf.inside) {
        if (trun.type !== "trun") continue;
        const range = await runRange(file, trun, { base, at, defaultSize });
        ranges.push(range);
        at = range.end;
      }
    }
  }
}

/** The optional fields of `tfhd`: where offsets are counted from, and the size of samples without one of their own. */
function trackHeader(head: Buffer): { base?: number | undefined; size?: number | undefined } {
  const flags = head.readUIntBE(1, 3);
  let at = 8;
  const field = (flag: number, bytes: 4 | 8) => {
    if ((flags & flag) === 0 || head.length < at + bytes) return undefined;
    at += bytes;
    return bytes === 4 ? head.readUInt32BE(at - 4) : Number(head.readBigUInt64BE(at - 8));
  };
  const base = field(0x01, 8);
  // The index of the sample's description, and its duration.
  field(0x02, 4);
  field(0x08, 4);
  return { base, size: field(0x10, 4) };
}

/** The size of samples of each track whose fragments don't state one. */
async function defaultSizes(file: VideoFile, moov: Box): Promise<Map<number, number>> {
  const sizes = new Map<number, number>();
  for (const trex of findBox(moov.inside, "mvex")?.inside ?? []) {
    const head = trex.type === "trex" ? await readContent(file, trex, 20) : null;
    if (head) sizes.set(head.readUInt32BE(4), head.readUInt32BE(16));
  }
  return sizes;
}

/** The range of one run of samples. Without an offset of its own it begins at `at`. */
async function runRange(
  file: VideoFile,
  trun: Box,
  { base, at, defaultSize }: { base: number; at: number; defaultSize: number },
): Promise<Range> {
  const head = await file.read(trun.start, Math.min(16, trun.end - trun.start));
  if (head.length < 8) return { at, end: at };
  const flags = head.readUIntBE(1, 3);
  const count = head.readUInt32BE(4);
  const hasOffset = (flags & 0x01) !== 0 && head.length >= 12;
  const from = hasOffset ? base + head.readInt32BE(8) : at;
  if ((flags & 0x200) === 0) return { at: from, end: from + count * defaultSize };
  const start = trun.start + 8 + (hasOffset ? 4 : 0) + ((flags & 0x04) === 0 ? 0 : 4);
  const fields = new Column(file, { at: start, end: trun.end }, 4);
  // Each sample has up to four fields: duration, size, flags and offset.
  const present = [0x100, 0x200, 0x400, 0x800].filter((flag) => (flags & flag) !== 0);
  let bytes = 0;
  for (let n = 0; n < count; n += 1) {
    file.countFrames();
    for (const flag of present) {
      if (!fields.isHeld && !(await fields.load())) return { at: from, end: from + bytes };
      const value = fields.take();
      if (flag === 0x200) bytes += value;
    }
  }
  return { at: from, end: from + bytes };
}
