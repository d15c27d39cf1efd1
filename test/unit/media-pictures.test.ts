// Pictures as cameras, phones and programs really write them: cut off at the end, followed by other bytes, large, moving.
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import sharp from "sharp";
import { excessOf } from "../../contract/media-limits.ts";
import { prepareImage } from "../support/pictures.ts";
import { detectType, HEAD_BYTES, type PictureType } from "../../services/api/uploads/media-types.ts";
import { apng } from "../support/apng.ts";
import { animation, gradient, jpegWithGps, metadataOf } from "../support/files.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "starling-pictures-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function prepare(file: Buffer) {
  const [source, target] = [join(folder, "source"), join(folder, "target")];
  await writeFile(source, file);
  const prepared = await prepareImage(source, target, detectType(file.subarray(0, HEAD_BYTES)) as PictureType);
  return { ...prepared, file: await readFile(target) };
}

/** Pictures in which every pixel differs from the next, so that each of their bytes counts. */
function noise(seed = 0) {
  const pixels = Buffer.alloc(96 * 64 * 3);
  for (let at = 0; at < pixels.length; at += 1) pixels[at] = ((at + seed) * 2_654_435_761) >>> 13;
  return sharp(pixels, { raw: { width: 96, height: 64, channels: 3 } });
}

async function moving(format: "gif" | "webp"): Promise<Buffer> {
  const frames = await Promise.all(
    [0, 1, 2].map((n) =>
      noise(n)
        .ensureAlpha(n === 1 ? 0 : 1)
        .png()
        .toBuffer(),
    ),
  );
  const options = { loop: 3, delay: [100, 50, 200] };
  const joined = sharp(frames, { join: { animated: true } });
  return format === "gif" ? joined.gif(options).toBuffer() : joined.webp({ ...options, lossless: true }).toBuffer();
}

const WITH_END: [string, () => Promise<Buffer>, number][] = [
  ["a JPEG", () => noise().jpeg().toBuffer(), 2],
  ["a progressive JPEG", () => noise().jpeg({ progressive: true }).toBuffer(), 2],
  ["a JPEG with metadata", () => jpegWithGps(), 2],
  // Its last chunk, and the checksums of the one before.
  ["a PNG", () => noise().png().toBuffer(), 20],
  ["an interlaced PNG", () => noise().png({ progressive: true }).toBuffer(), 16],
  ["an animated PNG", () => apng(), 16],
  ["a GIF", () => noise().gif().toBuffer(), 2],
  ["an animated GIF", () => moving("gif"), 2],
  // The text behind the pixels.
  [
    "a WebP",
    () =>
      noise()
        .withExif({ IFD0: { Make: "x".repeat(200) } })
        .webp()
        .toBuffer(),
    100,
  ],
];

describe("a picture that is cut off", () => {
  it.each(WITH_END)("is taken if every pixel is there: %s", async (_name, make, mostBytes) => {
    const file = await make();
    const whole = await prepare(file);
    for (let cut = 1; cut <= mostBytes; cut += mostBytes > 20 ? 9 : 1) {
      const { file: stored } = await prepare(file.subarray(0, -cut));
      expect([cut, await pixelsOf(stored)]).toEqual([cut, await pixelsOf(whole.file)]);
    }
  });

  it.each(WITH_END)("is refused if pixels are missing: %s", async (_name, make) => {
    const file = await make();
    for (const part of [0.5, 0.9]) {
      await expect(prepare(file.subarray(0, file.length * part))).rejects.toThrow(/cut off/);
    }
    if (file[0] !== 0xff) return;
    // An end behind the half does not hide what is missing.
    const ended = Buffer.concat([file.subarray(0, file.length * 0.5), Buffer.from([0xff, 0xd9])]);
    await expect(prepare(ended)).rejects.toThrow(/cut off/);
  });

  it.each(WITH_END)("loses what stands behind its end: %s", async (_name, make) => {
    const file = await make();
    const { file: stored } = await prepare(Buffer.concat([file, Buffer.from("SEFH+52.5200+013.4050/SEFT"), file]));
    expect(stored.includes("52.52")).toBe(false);
    expect(await pixelsOf(stored)).toEqual(await pixelsOf((await prepare(file)).file));
  });

  it("is taken as browsers show it: a JPEG with other bytes before its end", async () => {
    const file = await noise().jpeg().toBuffer();
    const padded = Buffer.concat([file.subarray(0, -2), Buffer.alloc(9), file.subarray(-2)]);
    expect((await prepare(padded)).width).toBe(96);
  });
});

async function pixelsOf(file: Buffer) {
  const { data, info } = await sharp(file, { animated: true }).raw().toBuffer({ resolveWithObject: true });
  return {
    width: info.width,
    height: info.height,
    sum: data.reduce((sum, value, at) => (sum * 31 + value + at) % 1e9, 0),
  };
}

describe("a moving picture", () => {
  it.each(["gif", "webp"] as const)("keeps frames, delays, loops and transparency: %s", async (format) => {
    const { file, contentType } = await prepare(await moving(format));
    expect(contentType).toBe(`image/${format}`);
    expect(await metadataOf(file)).toMatchObject({ format, pages: 3, loop: 3, delay: [100, 50, 200], hasAlpha: true });
  });

  it("goes on moving: an animated PNG, without its texts", async () => {
    const { file, contentType, width, height, preview } = await prepare(await apng({ secret: "SecretPerson" }));
    expect([contentType, width, height]).toEqual(["image/png", 64, 48]);
    expect(file.includes("SecretPerson")).toBe(false);
    expect(file.equals(await apng().then((plain) => withoutText(plain)))).toBe(true);
    expect(await metadataOf(preview)).toMatchObject({ format: "webp", width: 64, height: 48 });
  });

  it("is refused if a frame of it is missing or damaged: an animated PNG", async () => {
    await expect(prepare(await apng({ stated: 5 }))).rejects.toThrow(/cut off/);
    const damaged = await apng();
    damaged.fill(0, damaged.length - 60, damaged.length - 20);
    await expect(prepare(damaged)).rejects.toThrow(/cut off/);
    await expect(prepare(await apng({ frames: 2, stated: 2, width: 4100, height: 2 }))).rejects.toThrow(/4096/);
  });

  it("of the size of a screen is taken, and stored as WebP", async () => {
    const { file, contentType, width, height } = await prepare(await animation("gif", 26, 1000));
    expect([contentType, width, height]).toEqual(["image/webp", 1000, 1000]);
    expect(await metadataOf(file)).toMatchObject({ pages: 26 });
  });
});

describe("a large picture", () => {
  const flat = (width: number, height: number) =>
    sharp({ create: { width, height, channels: 3, background: "#468" }, limitInputPixels: false });

  it("is taken as the best phones and panoramas have them", async () => {
    expect(await prepare(await flat(12_000, 9000).jpeg().toBuffer())).toMatchObject({ width: 4096, height: 3072 });
    expect(await prepare(await flat(29_000, 3000).png({ compressionLevel: 1 }).toBuffer())).toMatchObject({
      width: 4096,
      height: 424,
    });
    expect(await prepare(await flat(8160, 6144).webp({ effort: 0 }).toBuffer())).toMatchObject({
      width: 4096,
      height: 3084,
    });
  });

  it.each([
    [{ type: "image/jpeg", width: 13_000, height: 9300, frames: 1 }, "121 million pixels, but at most 120 million"],
    [
      { type: "image/png", width: 9000, height: 7300, frames: 1, isInterlaced: true },
      "66 million pixels, but at most 65",
    ],
    [{ type: "image/webp", width: 9000, height: 7300, frames: 1 }, "66 million pixels, but at most 65 million"],
    [{ type: "image/avif", width: 4096, height: 4000, frames: 1 }, "17 million pixels, but at most 16 million"],
    [{ type: "image/jpeg", width: 30_001, height: 10, frames: 1 }, "side of more than 30000 pixels"],
    [{ type: "image/gif", width: 1000, height: 1000, frames: 301 }, "301 million pixels in all its frames"],
    [{ type: "image/gif", width: 4097, height: 4096, frames: 2 }, "larger than 4096 × 4096 pixels"],
    [{ type: "image/gif", width: 8, height: 8, frames: 2001 }, "2001 frames, but at most 2000"],
  ])("is refused with its limit beyond: %j", (facts, message) => {
    expect(excessOf(facts)).toContain(message);
    expect(
      excessOf({ ...facts, width: Math.floor(facts.width / 1.1), frames: Math.min(facts.frames, 200) }),
    ).toBeNull();
  });
});

describe("an AVIF", () => {
  it("becomes a WebP, without its metadata and with its transparency", async () => {
    const avif = await gradient(80, 60)
      .ensureAlpha(0.5)
      .withExif({ IFD0: { Make: "SecretPhone" } })
      .avif({ effort: 0 })
      .toBuffer();
    const { file, contentType, width, height } = await prepare(avif);
    expect([contentType, width, height]).toEqual(["image/webp", 80, 60]);
    expect(await metadataOf(file)).toMatchObject({ format: "webp", hasAlpha: true });
    expect(file.includes("SecretPhone")).toBe(false);
  });

  it("that moves is refused with a way out, because only its first frame could be shown", () => {
    const head = Buffer.from("\0\0\0\x1cftypavis\0\0\0\0avifavismsf1", "latin1");
    expect(() => detectType(head)).toThrow("animated AVIF");
  });
});

/** The same PNG without its chunk of text. */
function withoutText(png: Buffer): Buffer {
  const at = png.indexOf("tEXt") - 4;
  return Buffer.concat([png.subarray(0, at), png.subarray(at + 12 + png.readUInt32BE(at))]);
}
