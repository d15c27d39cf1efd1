import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { prepareImage } from "../support/pictures.ts";
import { detectType, HEAD_BYTES, type MediaType, type PictureType } from "../../services/api/uploads/media-types.ts";
import { drawPoster } from "../../services/api/uploads/poster.ts";
import { inspectVideo } from "../../services/api/uploads/video.ts";
import {
  animation,
  box,
  element,
  gradient,
  jpegWithGps,
  metadataOf,
  mp4,
  pngBomb,
  webm,
  WEBM,
} from "../support/files.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "starling-files-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function prepare(file: Buffer) {
  const source = join(folder, "source");
  const target = join(folder, "target");
  await writeFile(source, file);
  const type = detectType(file.subarray(0, HEAD_BYTES));
  const prepared = await prepareImage(source, target, type as PictureType);
  return { ...prepared, file: await readFile(target) };
}

async function inspect(file: Buffer, type: MediaType = detectType(file.subarray(0, HEAD_BYTES))) {
  const source = join(folder, "source");
  await writeFile(source, file);
  return inspectVideo(source, type);
}

describe("the type of a file", () => {
  it("is detected by its content", async () => {
    const picture = gradient(8, 8);
    expect(detectType(await picture.jpeg().toBuffer())).toBe("image/jpeg");
    expect(detectType(await picture.png().toBuffer())).toBe("image/png");
    expect(detectType(await picture.webp().toBuffer())).toBe("image/webp");
    expect(detectType(await picture.gif().toBuffer())).toBe("image/gif");
    expect(detectType(mp4())).toBe("video/mp4");
    // iPhones write QuickTime, of which MP4 was made.
    expect(detectType(mp4({ brand: "qt  " }))).toBe("video/mp4");
    expect(detectType(WEBM)).toBe("video/webm");
  });

  it.each([
    ["PK\x03\x04zip", "a ZIP archive"],
    ["%PDF-1.7", "a PDF"],
    ['<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>', "an SVG"],
    ['<?xml version="1.0"?>\n<!-- x -->\n<svg onload="alert(1)">', "an SVG"],
    ["<!DOCTYPE html><script>", "a web page"],
    ["\0\0\0\x18ftypheic", "a HEIC"],
    ["GIF9", "another type"],
    ["", "another type"],
  ])("is named in the refusal of %j", (text, name) => {
    expect(() => detectType(Buffer.from(text, "latin1"))).toThrow(name);
  });
});

describe("a picture", () => {
  it("is turned upright and loses its GPS position", async () => {
    const original = await jpegWithGps(320, 200);
    expect((await metadataOf(original)).exif).toBeDefined();
    const { file, width, height, bytes, preview, placeholder } = await prepare(original);
    const { exif, xmp, iptc, orientation, format } = await metadataOf(file);
    expect({ exif, xmp, iptc, orientation, format }).toEqual({ format: "jpeg" });
    expect(file.includes("SecretPhone")).toBe(false);
    expect([width, height, bytes]).toEqual([200, 320, file.length]);
    expect(await metadataOf(preview)).toMatchObject({ format: "webp", width: 200, height: 320 });
    expect(placeholder).toMatch(/^data:image\/webp;base64,[A-Za-z0-9+/=]+$/);
    expect(placeholder.length).toBeLessThan(300);
  });

  it("has at most 4096 pixels on a side, and its preview 800", async () => {
    const { file, width, height, preview } = await prepare(await gradient(5000, 1000).png().toBuffer());
    expect([width, height]).toEqual([4096, 819]);
    expect(await metadataOf(file)).toMatchObject({ format: "png", width: 4096, height: 819 });
    expect(await metadataOf(preview)).toMatchObject({ width: 800, height: 160 });
  });

  it.each(["gif", "webp"] as const)("stays animated: %s", async (format) => {
    const { file, width, height, preview } = await prepare(await animation(format));
    expect(await metadataOf(file)).toMatchObject({ format, pages: 3, width: 32, pageHeight: 32 });
    expect([width, height]).toEqual([32, 32]);
    expect((await metadataOf(preview)).pages ?? 1).toBe(1);
  });

  it("keeps its transparency", async () => {
    const glass = await gradient(20, 20).ensureAlpha(0.5).png().toBuffer();
    expect(await metadataOf((await prepare(glass)).preview)).toMatchObject({ hasAlpha: true });
  });

  it("is refused if it is a decompression bomb, even a small file", async () => {
    await expect(prepare(await pngBomb())).rejects.toThrow(/million pixels/);
    await expect(prepare(await animation("gif", 2001, 2))).rejects.toThrow(/2001 frames/);
  });

  it("is refused if it is cut off or only begins like a picture", async () => {
    const jpeg = await gradient(400, 400).jpeg().toBuffer();
    await expect(prepare(jpeg.subarray(0, jpeg.length / 2))).rejects.toThrow(/damaged or cut off/);
    await expect(prepare(Buffer.from("GIF89a/*<html><script>alert(1)</script>*/"))).rejects.toThrow(/damaged/);
    await expect(prepare(Buffer.from("\xff\xd8\xff\xe0<html><body>", "latin1"))).rejects.toThrow(/damaged/);
  });

  it("loses a page that is hidden at its end", async () => {
    const jpeg = Buffer.concat([await gradient(40, 40).jpeg().toBuffer(), Buffer.from("<script>alert(1)</script>")]);
    expect((await prepare(jpeg)).file.includes("<script>")).toBe(false);
  });
});

describe("a video", () => {
  it("tells its size and duration", async () => {
    expect(await inspect(mp4())).toEqual({ width: 640, height: 360, duration: 3 });
    expect(await inspect(mp4({ turned: true }))).toEqual({ width: 360, height: 640, duration: 3 });
    expect(await inspect(WEBM)).toEqual({ width: 64, height: 48, duration: 1 });
  });

  it("has the size that browsers show, if its pixels are not square", async () => {
    const size = async (file: Buffer) => {
      const { width, height } = await inspect(file);
      return [width, height];
    };
    expect(await size(mp4({ width: 720, height: 576, shape: [16, 11] }))).toEqual([1047, 576]);
    expect(await size(mp4({ width: 720, height: 480, shape: [8, 9] }))).toEqual([720, 540]);
    expect(await size(mp4({ width: 720, height: 576, shape: [16, 11], turned: true }))).toEqual([576, 1047]);
    for (const shape of [
      [0, 1],
      [1, 0],
      [1, 1],
    ] as [number, number][])
      expect(await size(mp4({ shape }))).toEqual([640, 360]);
    const shown = (width: number[], height: number[], unit?: number) =>
      size(
        webm({
          inVideo: [element("54b0", width), element("54ba", height), ...(unit ? [element("54b2", [unit])] : [])],
        }),
      );
    expect(await shown([1, 0xab], [180])).toEqual([427, 180]);
    expect(await shown([160], [180])).toEqual([320, 360]);
    // A ratio.
    expect(await shown([4], [3], 3)).toEqual([320, 240]);
    expect(await shown([4], [3], 4)).toEqual([320, 180]);
    expect(await shown([0], [180])).toEqual([320, 180]);
    await expect(shown([0xff, 0xff], [1])).rejects.toThrow("larger than");
  });

  it("loses the bytes behind its end, which players ignore", async () => {
    const unknown = Buffer.from("1853806701ffffffffffffff", "hex");
    const live = (cluster: Buffer) => {
      const file = webm({ cluster });
      return Buffer.concat([
        file.subarray(0, file.indexOf(unknown.subarray(0, 4))),
        unknown,
        file.subarray(file.indexOf(unknown.subarray(0, 4)) + 12),
      ]);
    };
    const frames = element("a3", Buffer.alloc(500, 7));
    const files: [string, Buffer][] = [
      ["MP4", mp4()],
      ["QuickTime", mp4({ brand: "qt  " })],
      ["WebM", webm()],
      ["a recording", live(element("1f43b675", frames))],
      [
        "a recording with clusters of unknown size",
        live(Buffer.concat([Buffer.from("1f43b67501ffffffffffffff", "hex"), frames])),
      ],
    ];
    const secret = Buffer.from("SEFHtrailing bytes of a phone+52.5200+013.4050/SEFT");
    for (const [name, file] of files) {
      for (const trailer of [secret, Buffer.alloc(64), Buffer.alloc(5), Buffer.from([0, 0, 0, 4, 1, 2, 3, 4])]) {
        await inspect(Buffer.concat([file, trailer]));
        expect([name, trailer.toString("latin1"), (await readFile(join(folder, "source"))).equals(file)]).toEqual([
          name,
          trailer.toString("latin1"),
          true,
        ]);
      }
    }
  });

  it("may be as long as its size allows: thousands of clusters or fragments, half a million frames", async () => {
    const head = WEBM.subarray(0, WEBM.indexOf(Buffer.from("18538067", "hex")));
    const tracks = WEBM.subarray(
      WEBM.lastIndexOf(Buffer.from("1654ae6b", "hex")),
      WEBM.lastIndexOf(Buffer.from("1254c367", "hex")),
    );
    const frames = Buffer.concat(Array<Buffer>(60).fill(element("a3", [0x81, 0, 0, 0], Buffer.alloc(192))));
    const segment = Buffer.from("1853806701ffffffffffffff", "hex");
    const unknown = Buffer.from("1f43b67501ffffffffffffff", "hex");
    for (const cluster of [element("1f43b675", frames), Buffer.concat([unknown, frames])]) {
      const file = Buffer.concat([head, segment, tracks, ...Array<Buffer>(8000).fill(cluster)]);
      expect(await inspect(file)).toEqual({ width: 64, height: 48, duration: null });
    }
    const runs = ["tfhd", "tfdt", "trun"].map((type) => box(type, Buffer.alloc(16)));
    const traf = box("traf", ...runs);
    const fragment = Buffer.concat([
      box("moof", box("mfhd", Buffer.alloc(8)), traf, traf),
      box("mdat", Buffer.alloc(8000)),
    ]);
    const file = Buffer.concat([mp4(), ...Array<Buffer>(12_000).fill(fragment)]);
    expect(await inspect(file)).toEqual({ width: 640, height: 360, duration: 3 });
  });

  it.each([0.1, 0.5, 0.99])("is refused if only %d of it arrived", async (part) => {
    for (const file of [mp4(), WEBM]) {
      const cut = file.subarray(0, Math.floor(file.length * part));
      await expect(inspect(cut)).rejects.toThrow(/cut off|not a complete/);
    }
  });

  it("is refused if browsers don't play it", async () => {
    await expect(inspect(mp4({ codec: "mp4v" }))).rejects.toThrow(/don't play \(mp4v\)/);
    await expect(inspect(mp4({ handler: "soun" }))).rejects.toThrow("has no video track");
    await expect(inspect(mp4({ width: 0 }))).rejects.toThrow("without a size");
    await expect(inspect(mp4({ width: 20_000 }))).rejects.toThrow("larger than");
  });

  it("is refused if it only begins like a video", async () => {
    const page = Buffer.concat([mp4().subarray(0, 28), Buffer.from("<html><script>alert(1)</script></html>")]);
    await expect(inspect(page)).rejects.toThrow(/damaged|cut off/);
    await expect(inspect(Buffer.concat([WEBM.subarray(0, 4), Buffer.alloc(100, 60)]))).rejects.toThrow(/file: /);
  });

  it("never crashes the parser, whatever is damaged", async () => {
    for (const file of [mp4({ bytes: 100 }), WEBM]) {
      for (let at = 0; at < Math.min(file.length, 900); at += 1) {
        const damaged = Buffer.from(file);
        damaged[at] = damaged[at]! ^ 0xff;
        const type = file === WEBM ? "video/webm" : "video/mp4";
        await inspect(damaged, type).catch((error: Error) => expect(error.name).toBe("InvalidError"));
      }
    }
  });

  it("has a poster of the same proportions", async () => {
    expect(await metadataOf(await drawPoster(1080, 1920))).toMatchObject({ format: "webp", width: 450, height: 800 });
    expect(await metadataOf(await drawPoster(8192, 1))).toMatchObject({ width: 800, height: 1 });
  });
});
