// Videos lose what tells of the place and time of their recording, in place: no byte moves.
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { detectType, HEAD_BYTES } from "../../services/api/uploads/media-types.ts";
import { inspectVideo } from "../../services/api/uploads/video.ts";
import { box, element, mp4, u32, WEBM } from "../support/files.ts";

const PLACE = "+52.5200+013.4050/";
const place = Buffer.from(PLACE);
/** A time in 2026, in seconds since 1904. */
const TIME = 0xe6a1_b2c3;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "starling-erase-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function clean(file: Buffer): Promise<Buffer> {
  const path = join(folder, "video");
  await writeFile(path, file);
  await inspectVideo(path, detectType(file.subarray(0, HEAD_BYTES)));
  const cleaned = await readFile(path);
  expect(cleaned.length).toBe(file.length);
  return cleaned;
}

/** A track that is not shown, with three samples of 18 bytes in two chunks, at these positions. */
function track(id: number, handler: string, chunks: number[]): Buffer {
  return box(
    "trak",
    box("tkhd", u32(3, TIME, TIME, id), Buffer.alloc(68)),
    box(
      "mdia",
      box("mdhd", u32(0, TIME, TIME, 1000, 3000, 0)),
      box("hdlr", u32(0, 0), Buffer.from(handler), u32(0, 0, 0), place),
      box(
        "minf",
        box(
          "stbl",
          box("stsd", u32(0, 1), box("gpmd", Buffer.alloc(8))),
          box("stsc", u32(0, 2, 1, 2, 1, 2, 1, 1)),
          box("stsz", u32(0, 0, 3, 18, 18, 18)),
          box("stco", u32(0, chunks.length, ...chunks)),
        ),
      ),
    ),
  );
}

describe("an MP4", () => {
  const keyed = box(
    "meta",
    u32(0),
    box("keys", u32(0, 1), box("mdta", Buffer.from("com.apple.quicktime.location.ISO6709"))),
    box("ilst", box("\0\0\0\x01", box("data", u32(1, 0), place))),
  );
  const boxes: [string, Buffer][] = [
    ["udta/©xyz", box("udta", box("\xa9xyz", [0, 18, 0, 0], place))],
    ["udta/loci", box("udta", box("loci", u32(0), place))],
    ["meta", keyed],
    ["uuid", box("uuid", Buffer.alloc(16, 1), place)],
    ["free", box("free", place)],
    ["skip", box("skip", place)],
    ["an unknown box", box("gps ", place)],
    ["a second movie", box("moov", box("udta", place))],
  ];
  it.each(boxes)("loses its place in %s, wherever that is", async (_name, located) => {
    for (const more of [{ inMovie: [located] }, { inTrack: [located] }, { atEnd: [located] }]) {
      const file = mp4(more);
      expect(file.includes(PLACE)).toBe(true);
      const cleaned = await clean(file);
      expect(cleaned.includes(PLACE)).toBe(false);
      // Whatever comes before and after the box is as it was.
      const [at, end] = [file.indexOf(located), file.indexOf(located) + located.length];
      expect(cleaned.subarray(0, at).equals(file.subarray(0, at))).toBe(true);
      expect(cleaned.subarray(end).equals(file.subarray(end))).toBe(true);
      expect(cleaned.readUInt32BE(at)).toBe(located.length);
      // A second time there is nothing more to erase.
      expect((await clean(cleaned)).equals(cleaned)).toBe(true);
    }
  });

  it("loses the tracks that are neither pictures nor sound, with their samples", async () => {
    for (const handler of ["meta", "camm", "text", "sbtl", "tmcd"]) {
      const trackOf = (chunks: number[]) => track(2, handler, chunks);
      const samples = box(
        "mdat",
        Buffer.from("before"),
        place,
        place,
        Buffer.from("between"),
        place,
        Buffer.from("after"),
      );
      const at = mp4({ inMovie: [trackOf([0, 0])] }).length + 8;
      const file = mp4({ inMovie: [trackOf([at + 6, at + 6 + 36 + 7])], atEnd: [samples] });
      const cleaned = await clean(file);
      expect(cleaned.includes("13.4")).toBe(false);
      expect(cleaned.includes(handler)).toBe(false);
      for (const other of ["before", "between", "after"]) expect(cleaned.includes(other)).toBe(true);
      // The frames of the pictures are as they were.
      expect(cleaned.includes(Buffer.alloc(5000, 7))).toBe(true);
    }
  });

  it("loses such tracks in fragments, too", async () => {
    const tfhd = box("tfhd", u32(0x02_0000, 2));
    const trun = (offset: number) => box("trun", u32(0x0201, 2, offset, 18, 18));
    const located = box("meta", u32(0), place);
    const moof = (offset: number) =>
      box(
        "moof",
        box("mfhd", u32(0, 1)),
        box("traf", tfhd, trun(offset)),
        box("traf", box("tfhd", u32(0, 1)), located),
      );
    const fragment = [
      moof(moof(0).length + 8 + 4),
      box("mdat", Buffer.from("more"), place, place, Buffer.from("rest")),
    ];
    const cleaned = await clean(mp4({ inMovie: [track(2, "meta", [])], atEnd: fragment }));
    expect(cleaned.includes("13.4")).toBe(false);
    expect(cleaned.includes("more")).toBe(true);
    expect(cleaned.includes("rest")).toBe(true);
  });

  it("loses its times, and the names in its handlers", async () => {
    const sound = Buffer.from(track(2, "soun", []));
    const cleaned = await clean(mp4({ inMovie: [sound] }));
    expect(cleaned.includes(u32(TIME))).toBe(false);
    expect(cleaned.includes(PLACE)).toBe(false);
    expect(cleaned.includes("soun")).toBe(true);
  });
});

describe("a WebM", () => {
  const tag = element(
    "1254c367",
    element("7373", element("67c8", element("45a3", Buffer.from("LOCATION")), element("4487", place))),
  );
  const info = element(
    "1549a966",
    element("2ad7b1", [0x0f, 0x42, 0x40]),
    element("7ba9", place),
    element("4461", Buffer.alloc(8, 0x55)),
    element("4489", [0x44, 0x7a, 0, 0]),
  );
  const picture = [element("d7", [1]), element("83", [1]), element("86", Buffer.from("V_VP9"))];
  const size = element("e0", element("b0", [64]), element("ba", [48]));
  const tracks = element(
    "1654ae6b",
    element("ae", ...picture, size, element("536e", place)),
    element("ae", element("d7", [2]), element("83", [33]), element("86", Buffer.from("D_WEBVTT/METADATA"))),
  );
  const header = element("1a45dfa3", element("4282", Buffer.from("webm")));
  const frame = (number: number, content: Buffer) => element("a3", [0x80 | number, 0, 0, 0x80], content);
  const group = (number: number, content: Buffer) => element("a0", element("a1", [0x80 | number, 0, 0, 0], content));
  const frames = [frame(1, Buffer.from("picture")), frame(2, place), group(2, place), group(1, Buffer.from("more"))];
  const unknown = (id: string, ...content: Buffer[]) =>
    Buffer.concat([Buffer.from(`${id}01ffffffffffffff`, "hex"), ...content]);

  it.each([
    ["known", element("1f43b675", ...frames)],
    ["unknown", unknown("1f43b675", ...frames)],
  ])("loses its place, with clusters of %s size", async (_name, cluster) => {
    const attachment = element("1941a469", place);
    const parts = [tag, info, element("ec", place), tracks, cluster, cluster, tag, attachment];
    for (const file of [
      Buffer.concat([header, element("18538067", ...parts), tag]),
      Buffer.concat([header, unknown("18538067", ...parts)]),
    ]) {
      const cleaned = await clean(file);
      expect(cleaned.includes("13.4")).toBe(false);
      expect(cleaned.includes(Buffer.alloc(8, 0x55))).toBe(false);
      for (const kept of ["picture", "more", "V_VP9"]) expect(cleaned.includes(kept)).toBe(true);
      expect((await clean(cleaned)).equals(cleaned)).toBe(true);
    }
  });

  it("keeps its frames", async () => {
    const cleaned = await clean(WEBM);
    const at = WEBM.lastIndexOf(Buffer.from("1f43b675", "hex"));
    expect(cleaned.subarray(at).equals(WEBM.subarray(at))).toBe(true);
  });
});
