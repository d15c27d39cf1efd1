import { crc32, deflateSync } from "node:zlib";
import { box, element, mp4, u32 } from "./files.ts";

/** A black PNG of any size, one bit a pixel: a few KB for millions of pixels. */
export function flatPng(width: number, height: number): Buffer {
  const chunk = (type: string, data: Buffer) => {
    const bytes = Buffer.concat([Buffer.from(type, "latin1"), data]);
    return Buffer.concat([u32(data.length), bytes, u32(crc32(bytes))]);
  };
  const rows = Buffer.alloc(height * (1 + Math.ceil(width / 8)));
  return Buffer.concat([
    Buffer.from("\x89PNG\r\n\x1a\n", "latin1"),
    chunk("IHDR", Buffer.concat([u32(width, height), Buffer.from([1, 0, 0, 0, 0])])),
    chunk("IDAT", deflateSync(rows)),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}

/** A WebM whose tracks hold thousands of empty elements each. None of the tracks is a video. */
export function webmOfVoids(tracks = 12, voids = 49_000): Buffer {
  const empty = Buffer.alloc(2 * voids);
  for (let at = 0; at < empty.length; at += 2) empty.writeUInt16BE(0xec80, at);
  const entry = element("ae", empty, element("83", [2]));
  return Buffer.concat([
    element("1a45dfa3", element("4282", Buffer.from("webm"))),
    element("18538067", element("1654ae6b", ...Array<Buffer>(tracks).fill(entry)), element("1f43b675", [1])),
  ]);
}

const empty = box("free");

/** MP4s with far more boxes than a video needs, or boxes that contradict each other. */
export function mp4Bombs(): Record<string, Buffer> {
  const boxes = (count: number, one = empty) => Buffer.concat(Array<Buffer>(count).fill(one));
  const nested = (types: string[], inside: Buffer) => types.reduceRight((content, type) => box(type, content), inside);
  const metadata = (...table: Buffer[]) =>
    box("trak", nested(["mdia", "minf", "stbl"], Buffer.concat(table)), box("tkhd", u32(0, 0, 0, 2, 0, 0)));
  const wide = Buffer.concat([u32(1), Buffer.from("free"), u32(0xff_ffff, 0xffff_ffff)]);
  return {
    "boxes at the top": Buffer.concat([mp4(), boxes(200_000)]),
    tracks: mp4({ inMovie: [boxes(60_000, box("trak", empty, empty, empty))] }),
    "boxes in tracks": mp4({ inMovie: Array<Buffer>(12).fill(box("trak", boxes(49_000))) }),
    "boxes in a sample table": mp4({ inMovie: [metadata(boxes(250_000))] }),
    fragments: Buffer.concat([mp4(), boxes(60_000, box("moof", box("traf", box("tfhd", u32(0, 2)), empty)))]),
    "samples that cover everything": mp4({
      inMovie: [
        metadata(
          box("stsc", u32(0, 1, 1, 0xffff_ffff, 1)),
          box("stsz", u32(0, 0xffff_ffff, 0xffff_ffff)),
          box("stco", u32(0, 100_000), Buffer.alloc(400_000)),
        ),
      ],
      atEnd: [boxes(50_000, box("mdat", [1]))],
    }),
    depth: mp4({
      inMovie: [nested(Array<string>(5000).fill("trak"), empty), nested(Array<string>(5000).fill("udta"), empty)],
    }),
    "a size of zero": mp4({ atEnd: [Buffer.concat([u32(0), Buffer.from("free")]), boxes(1000)] }),
    "a size of 2^56": mp4({ atEnd: [wide] }),
    "a size of four": mp4({ atEnd: [Buffer.concat([u32(4), Buffer.from("free")])] }),
    "a child larger than its parent": mp4({ inTrack: [Buffer.concat([u32(1_000_000), Buffer.from("tkhd")])] }),
  };
}
