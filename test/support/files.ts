import { crc32 } from "node:zlib";
import sharp, { type Metadata, type Sharp } from "sharp";

/** A picture with a gradient, which shows the effects of compression and rotation. */
export function gradient(width: number, height: number): Sharp {
  const pixels = Buffer.alloc(width * height * 3);
  for (let y = 0, at = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      pixels[at++] = Math.floor((x * 255) / width);
      pixels[at++] = Math.floor((y * 255) / height);
      pixels[at++] = 128;
    }
  }
  return sharp(pixels, { raw: { width, height, channels: 3 } });
}

/** A picture as phones store it: rotated, and with its place in the metadata. */
export function jpegWithGps(width = 320, height = 200): Promise<Buffer> {
  return gradient(width, height)
    .withExif({
      IFD0: { Make: "SecretPhone", Artist: "SecretPerson" },
      IFD3: { GPSLatitudeRef: "N", GPSLatitude: "48/1 51/1 29/1", GPSLongitudeRef: "E", GPSLongitude: "2/1 17/1 40/1" },
    })
    .withMetadata({ orientation: 6 })
    .jpeg()
    .toBuffer();
}

/** An animated picture. */
export async function animation(format: "gif" | "webp", frames = 3, side = 32): Promise<Buffer> {
  const images = await Promise.all(
    Array.from({ length: frames }, (_, n) =>
      sharp({ create: { width: side, height: side, channels: 3, background: { r: (n * 80) % 256, g: 0, b: 0 } } })
        .png()
        .toBuffer(),
    ),
  );
  const joined = sharp(images, { join: { animated: true } });
  return format === "gif" ? joined.gif().toBuffer() : joined.webp().toBuffer();
}

/** A PNG of a few KB whose header claims 50,000 × 50,000 pixels: 7.5 GB once decoded. */
export async function pngBomb(side = 50_000): Promise<Buffer> {
  const small = await gradient(8, 8).png().toBuffer();
  const bomb = Buffer.from(small);
  bomb.writeUInt32BE(side, 16);
  bomb.writeUInt32BE(side, 20);
  bomb.writeUInt32BE(crc32(bomb.subarray(12, 29)), 29);
  return bomb;
}

export function metadataOf(file: Buffer): Promise<Metadata> {
  return sharp(file, { animated: true }).metadata();
}

/** A box of an MP4. */
export const box = (type: string, ...parts: (Buffer | number[])[]): Buffer => {
  const content = Buffer.concat(parts.map((part) => Buffer.from(part)));
  const head = Buffer.alloc(8);
  head.writeUInt32BE(content.length + 8);
  head.write(type, 4, "latin1");
  return Buffer.concat([head, content]);
};

/** Numbers of four bytes, as boxes have them. */
export const u32 = (...numbers: number[]): Buffer => {
  const bytes = Buffer.alloc(4 * numbers.length);
  numbers.forEach((number, n) => bytes.writeUInt32BE(number >>> 0, 4 * n));
  return bytes;
};

/** An element of a WebM; `id` in hexadecimal. Its size takes eight bytes. */
export const element = (id: string, ...parts: (Buffer | number[])[]): Buffer => {
  const content = Buffer.concat(parts.map((part) => Buffer.from(part)));
  const size = Buffer.from([1, 0, 0, 0, 0, 0, 0, 0]);
  size.writeUIntBE(content.length, 2, 6);
  return Buffer.concat([Buffer.from(id, "hex"), size, content]);
};

/**
 * An MP4 with a complete container, but without decodable frames.
 *
 * @param options.bytes size of the frames; `turned`: rotated, as filmed upright; `codec`, `handler` and `brand` as in
 *   the format; `shape`: the width and height of a pixel; further boxes: in the movie, in the track, at the end of the
 *   file
 */
export function mp4({
  width = 640,
  height = 360,
  seconds = 3,
  bytes = 5000,
  turned = false,
  codec = "avc1",
  handler = "vide",
  brand = "isom",
  shape = null as [number, number] | null,
  inMovie = [] as Buffer[],
  inTrack = [] as Buffer[],
  atEnd = [] as Buffer[],
} = {}): Buffer {
  const one = 0x1_0000;
  const matrix = turned ? [0, one, 0, -one, 0, 0, 0, 0, 0x4000_0000] : [one, 0, 0, 0, one, 0, 0, 0, 0x4000_0000];
  const tkhd = box("tkhd", u32(3, 0, 0, 1, 0, seconds * 1000, 0, 0, 0, 0, ...matrix, width * one, height * one));
  const hdlr = box("hdlr", u32(0, 0), Buffer.from(handler), u32(0, 0, 0), [0]);
  const entry = Buffer.alloc(78);
  entry.writeUInt32BE(width * one + height, 24);
  const pasp = shape ? [box("pasp", u32(...shape))] : [];
  const stsd = box("stsd", u32(0, 1), box(codec, entry, box("avcC", [1]), ...pasp, u32(0)));
  const trak = box("trak", tkhd, box("mdia", hdlr, box("minf", box("stbl", stsd))), ...inTrack);
  const mvhd = box("mvhd", u32(0, 0, 0, 1000, seconds * 1000), Buffer.alloc(80));
  const ftyp = box("ftyp", Buffer.from(brand), u32(0), Buffer.from("isomavc1"));
  return Buffer.concat([ftyp, box("moov", mvhd, trak, ...inMovie), box("mdat", Buffer.alloc(bytes, 7)), ...atEnd]);
}

/** A WebM with a complete container, but without decodable frames. @param inVideo further elements of its video */
export function webm({
  inVideo = [] as Buffer[],
  cluster = element("1f43b675", element("a3", Buffer.alloc(500, 7))),
} = {}) {
  const video = element("e0", element("b0", [1, 64]), element("ba", [180]), ...inVideo);
  const track = element("ae", element("d7", [1]), element("83", [1]), element("86", Buffer.from("V_VP9")), video);
  const tracks = element("1654ae6b", track);
  return Buffer.concat([
    element("1a45dfa3", element("4282", Buffer.from("webm"))),
    element("18538067", tracks, cluster),
  ]);
}

/** A WebM of one second, 64 × 48 pixels, VP9, written by ffmpeg 7. */
export const WEBM = Buffer.from(
  "GkXfo59ChoEBQveBAULygQRC84EIQoKEd2VibUKHgQJChYECGFOAZwEAAAAAAAWPEU2bdLpNu4tTq4QVSalmU6yBoU27i1OrhBZUrmtTrIHWTbuMU6uEElTDZ1OsggE2TbuMU6uEHFO7a1OsggV57AEAAAAAAABZAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAVSalmsCrXsYMPQkBNgIxMYXZmNjMuMS4xMDJXQYxMYXZmNjMuMS4xMDJEiYhAj0AAAAAAABZUrmvbrgEAAAAAAABS14EBc8WIFf7RDusqegmcgQAitZyDdW5kiIEAhoVWX1ZQOYOBASPjg4QL68IA4JSwgUC6gTCagQJVsIhVsYEAVbmBAlXugQDsAQAAAAAAAAIAABJUw2f+c3OfY8CAZ8iZRaOHRU5DT0RFUkSHjExhdmY2My4xLjEwMnNz2WPAi2PFiBX+0Q7rKnoJZ8ikRaOHRU5DT0RFUkSHl0xhdmM2My4xLjEwMiBsaWJ2cHgtdnA5Z8ihRaOIRFVSQVRJT05Eh5MwMDowMDowMS4wMDAwMDAwMDAAH0O2dUO654EAo0KUgQAAgKJJg0LgA/AC9iw4JBwZTgACEHyp/X8nAjjH6hYS9a/7TwOY1cNUxRdm9kmvhPP4oIpAAH5Nf/t39nLQ/RHrs4y/ENy0FTfBnOFA9GxlLGtyhIhINfRlBySVeBBL6DJxVTNv6C8x3XwN4e1S17NlqPsAGQ7LrbSj9HygStgUS0svEklGb3l3PQPsVKBGx1YMRWZlPmt4e5HKGiO1wt0b2Ws29JRWk/p1O+TZEJkbwmF3GtxXSj+yG/phvqW2f0MFK4HXDy8YA0z6dMBNVpkCLK/btXVIrbP/zc8YlG3eUxxBDyX0U+tHscspf3BtzeBsW7Zyno0BZr8sJgUrdcSOfU8O5TXpyjwYjuM2om2IfrlP9JrxeE8vtlskBCoLVhmA5562V95Ovs/K0nDM1wjobiU2Dbu5kPJ2+gQ8yI0qnI3p7QhSK8a+M3vPhqXyFXOcNJ2dpIFNO6r6FIRhx55cNsGBZ4svObWV3kn+81YZc1+ZhJNL+IxscM2vh/egbtjPD+zp5nqVTe2D9JUuOFEdRPdB3vaxa967ywuBtYNVeZZtsnsivhwQM7Uz5aoNYsUBAGaKTzqiNJlOlHr7NIHCDK877jCL58rZOajgj9ScAdJGC67Y5XWpfNuVSTl3Ls915+YaTmJDDt6f5IDX696AGXSg+Q3poSqy+br2+3WK10bp05j43772nbyvmyLAo44djN6kMyn5p5A1MgdE0zd/4VH8J4MhPUR8r+9/peyONi2k3wMz+7C9JVbOs/L12hkmyWANU1FS3vDzLw+hOsqUIyHu1CUAQGAACzinMOSngjKFuUioOSUaMCSPIS6oReQCQTqjGhyv573a0kCP0FXXlTnd09hjCN2u7ang+QZZUrMAo6uBAMgApgBAkhxAXgAAA2AAAHoqvM9vP174NUQbubbD5/WUe8Y7Qb9d8VAAo82BAZAApgBAkhyEXQAAA3AAAHpDvZMPwC4Zmge8aFm/OSTY2faXsN8Ap16i5WeJT1t3P1oS9nec1/iFxZ6ys4bNS3zL+pASyhg9TjDEAKOwgQJYAKYAQJIcZF4AAANwAAB6KtVLeAt/90DD/5fEBnNxRr3wI58yJcCdJ4iAtvAAo/CBAyAApgBAkhxkW8AAA3AAAHszNbbakGbkh7KUC/Mf9692tGR/sXfcSv9SP1oR3ePPcurqX2w3QbSh9XPhtUb39gAK1zuN7x9hHVvgzEIAi6zB+utf2ae5Di+iVmzh3Ndu2o9Mzak+fredi15NDnAAHFO7a5G7j7OBALeK94EB8YIBufCBAw==",
  "base64",
);

/** The frames of {@link WEBM}, in order. */
function framesOfWebm(): Buffer[] {
  const cluster = WEBM.lastIndexOf(Buffer.from("1f43b675", "hex"));
  const frames: Buffer[] = [];
  // A frame is a SimpleBlock (a3) with a size of one or two bytes, and begins after four bytes of its own.
  for (let at = WEBM.indexOf(0xa3, cluster + 4); WEBM[at] === 0xa3;) {
    const [first, second] = [WEBM[at + 1]!, WEBM[at + 2]!];
    const [size, head] = first >= 0x80 ? [first & 0x7f, 2] : [((first & 0x3f) << 8) | second, 3];
    frames.push(WEBM.subarray(at + head + 4, at + head + size));
    at += head + size;
  }
  return frames;
}

/**
 * A video that browsers play: the frames of {@link WEBM} in an MP4, as a phone would store it.
 *
 * @param secret is hidden in its metadata, and is the only sample of a second track
 * @param options.brand as in the format; `shape`: the width and height of a pixel
 */
export function playableMp4(secret: string, { brand = "isom", shape = null as [number, number] | null } = {}): Buffer {
  const frames = framesOfWebm();
  const [ms, duration] = [1000, 200 * frames.length];
  const tkhd = (id: number, width: number, height: number) =>
    box(
      "tkhd",
      u32(3, 1, 1, id, 0, duration, 0, 0, 0, 0, 0x1_0000, 0, 0, 0, 0x1_0000, 0, 0, 0, 0x4000_0000),
      u32(width * 0x1_0000, height * 0x1_0000),
    );
  const samples = (sizes: number[], at: number) => [
    box("stts", u32(0, 1, sizes.length, 200)),
    box("stsc", u32(0, 1, 1, sizes.length, 1)),
    box("stsz", u32(0, 0, sizes.length, ...sizes)),
    box("stco", u32(0, 1, at)),
  ];
  const media = (handler: string, header: Buffer, table: Buffer[]) =>
    box(
      "mdia",
      box("mdhd", u32(0, 1, 1, ms, duration, 0x55c4_0000)),
      box("hdlr", u32(0, 0), Buffer.from(handler), u32(0, 0, 0), Buffer.from(secret), [0]),
      box("minf", header, box("dinf", box("dref", u32(0, 1), box("url ", u32(1)))), box("stbl", ...table)),
    );
  const vp09 = Buffer.alloc(78);
  vp09.writeUInt16BE(1, 6);
  vp09.writeUInt16BE(64, 24);
  vp09.writeUInt16BE(48, 26);
  vp09.writeUInt32BE(0x48_0000, 28);
  vp09.writeUInt32BE(0x48_0000, 32);
  vp09.writeUInt16BE(1, 40);
  vp09.writeUInt16BE(24, 74);
  vp09.writeInt16BE(-1, 76);
  // Profile 0, level 1.0, 8 bits, 4:2:0, no colours named.
  const pasp = shape ? [box("pasp", u32(...shape))] : [];
  const codec = box("vp09", vp09, box("vpcC", u32(0x0100_0000), [0, 10, 0x82, 1, 1, 1, 0, 0]), ...pasp);
  const data = Buffer.concat([...frames, Buffer.from(secret)]);
  const movie = (at: number) => {
    const picture = [
      box("stsd", u32(0, 1), codec),
      ...samples(
        frames.map(({ length }) => length),
        at,
      ),
      box("stss", u32(0, 1, 1)),
    ];
    const position = [
      box("stsd", u32(0, 1), box("gpmd", u32(0, 1))),
      ...samples([secret.length], at + data.length - secret.length),
    ];
    return box(
      "moov",
      box(
        "mvhd",
        u32(
          0,
          1,
          1,
          ms,
          duration,
          0x1_0000,
          0x0100_0000,
          0,
          0,
          0x1_0000,
          0,
          0,
          0,
          0x1_0000,
          0,
          0,
          0,
          0x4000_0000,
          0,
          0,
          0,
          0,
          0,
          0,
          3,
        ),
      ),
      box("udta", box("\xa9xyz", Buffer.from(secret))),
      box("trak", tkhd(1, 64, 48), box("tref", box("cdsc", u32(2))), media("vide", box("vmhd", u32(1, 0, 0)), picture)),
      box("trak", tkhd(2, 0, 0), media("meta", box("nmhd", u32(0)), position)),
      box("meta", u32(0), Buffer.from(secret)),
    );
  };
  const ftyp = box("ftyp", Buffer.from(brand), u32(0x200), Buffer.from("isomiso2mp41"));
  return Buffer.concat([ftyp, movie(ftyp.length + movie(0).length + 8), box("mdat", data)]);
}
