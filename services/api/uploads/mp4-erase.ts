import type { Erasure } from "./erase.ts";
import { type Box, findBox, type Plan, readContent, readHandler } from "./mp4-boxes.ts";
import { fragmentRanges, type Range, sampleRanges } from "./mp4-samples.ts";
import type { VideoFile } from "./video-file.ts";

/*
 * Cameras and phones write the place of a recording in many ways: as `udta/©xyz`, as a key in `meta`, in `uuid` boxes of
 * their own, or as a track of positions. New ways keep coming, so all boxes are erased but those that a browser needs.
 */

const SAMPLE_TABLE: Plan = {
  ...{ stsd: true, stts: true, ctts: true, cslg: true, stsc: true, stsz: true, stz2: true, stco: true, co64: true },
  ...{ stss: true, stps: true, stsh: true, sdtp: true, padb: true, stdp: true, sbgp: true, sgpd: true, subs: true },
  ...{ saiz: true, saio: true },
};
const MEDIA: Plan = {
  ...{ mdhd: true, hdlr: true, elng: true },
  minf: { vmhd: true, smhd: true, nmhd: true, dinf: true, stbl: SAMPLE_TABLE },
};
const FRAGMENT: Plan = {
  mfhd: true,
  traf: {
    ...{ tfhd: true, tfdt: true, trun: true, sdtp: true, sbgp: true, sgpd: true, subs: true, saiz: true, saio: true },
    senc: true,
  },
};

/** The boxes of a video that browsers need. All others are erased. */
export const FILE_PLAN: Plan = {
  ...{ ftyp: true, styp: true, mdat: true, sidx: true, ssix: true },
  moov: {
    mvhd: true,
    trak: { tkhd: true, edts: { elst: true }, mdia: MEDIA },
    mvex: { mehd: true, trex: true, leva: true },
  },
  moof: FRAGMENT,
  mfra: { tfra: true, mfro: true },
};

/** Boxes of any content, which every parser skips. */
const FILLERS = new Set(["free", "skip", "wide"]);
const FREE = Buffer.from("free");

/** Headers that begin with the times of their creation and last change. */
const DATED = new Set(["mvhd", "tkhd", "mdhd"]);

/**
 * Finds what must be erased from an MP4 before others may see it: the boxes that no browser needs, the times and names
 * in the others, and every track that is neither pictures nor sound, such as positions or a camera's subtitles.
 *
 * @param top all boxes of the file
 * @param moov the one that describes the video
 */
export async function eraseMp4(file: VideoFile, top: readonly Box[], moov: Box): Promise<Erasure[]> {
  const erasures: Erasure[] = [];
  const erased: Range[] = [];
  const tracks = new Set<number>();

  function free({ at, start, end }: Box): void {
    erasures.push({ at: at + 4, end: at + 8, bytes: FREE }, { at: start, end });
  }

  async function clean(boxes: readonly Box[]): Promise<void> {
    for (const box of boxes) {
      if (FILLERS.has(box.type)) erasures.push({ at: box.start, end: box.end });
      else if (!box.isKnown || (box.type === "moov" && box !== moov)) free(box);
      else if (box.type === "trak" && !isShown(await readHandler(file, box))) await removeTrack(box);
      else if (box.type === "traf" && (await isRemoved(box))) free(box);
      else if (DATED.has(box.type)) erasures.push(await timesOf(file, box));
      else if (box.type === "hdlr") erasures.push(nameOf(box));
      else if (box.inside.length > 0) await clean(box.inside);
    }
  }

  async function removeTrack(trak: Box): Promise<void> {
    const tkhd = await readContent(file, findBox(trak.inside, "tkhd"), 24);
    if (tkhd) tracks.add(tkhd.readUInt32BE(tkhd[0] === 1 ? 20 : 12));
    const table = findBox(trak.inside, "mdia", "minf", "stbl");
    if (table) await sampleRanges(file, table, erased);
    free(trak);
  }

  async function isRemoved(traf: Box): Promise<boolean> {
    const tfhd = await readContent(file, findBox(traf.inside, "tfhd"), 8);
    return tfhd !== null && tracks.has(tfhd.readUInt32BE(4));
  }

  await clean([moov]);
  await clean(top.filter((box) => box !== moov));
  if (tracks.size > 0) await fragmentRanges(file, { top, moov, tracks }, erased);
  return [...erasures, ...within(erased, top)];
}

function isShown(handler: string): boolean {
  return handler === "vide" || handler === "soun";
}

/** The times of a header: two of 4 bytes, or of 8 in version 1. */
async function timesOf(file: VideoFile, box: Box): Promise<Erasure> {
  const at = box.start + 4;
  const bytes = (await readContent(file, box, 1))?.[0] === 1 ? 16 : 8;
  return { at, end: Math.min(at + bytes, box.end) };
}

/** The name in a handler: the text after 24 bytes of numbers. */
function nameOf({ start, end }: Box): Erasure {
  return { at: start + 24, end };
}

/** Cuts ranges to those of the frames: a wrong table must not have the boxes overwritten. */
function within(ranges: Range[], top: readonly Box[]): Erasure[] {
  const data = top.filter(({ type }) => type === "mdat");
  const cut: Erasure[] = [];
  let first = 0;
  for (const { at, end } of merge(ranges)) {
    while (first < data.length && data[first]!.end <= at) first += 1;
    for (let n = first; n < data.length && data[n]!.start < end; n += 1) {
      cut.push({ at: Math.max(at, data[n]!.start), end: Math.min(end, data[n]!.end) });
    }
  }
  return cut;
}

/** Sorts ranges and joins those that touch, so that each byte is in one range at most. */
function merge(ranges: Range[]): Range[] {
  const merged: Range[] = [];
  for (const range of ranges.sort((one, other) => one.at - other.at)) {
    const last = merged.at(-1);
    if (last && range.at <= last.end) last.end = Math.max(last.end, range.end);
    else merged.push({ ...range });
  }
  return merged;
}
