import { beforeAll, describe, expect, it } from "@jest/globals";
import sharp from "sharp";
import type { Media } from "../../contract/shapes.ts";
import { createCast, type Person, type Tweet } from "../helper.ts";
import { animation, gradient, jpegWithGps, metadataOf, mp4, pngBomb, WEBM } from "../support/files.ts";
import { useMediaServer } from "../support/media-server.ts";
import { fetchFile, tryUpload, upload } from "../support/uploads.ts";

const server = useMediaServer();
let alice: Person;
let bob: Person;
beforeAll(async () => {
  ({ alice, bob } = await createCast(server.url, "alice", "bob"));
});

describe("a picture", () => {
  it("can be described by its uploader until it is used", async () => {
    const { id } = await upload(alice, await gradient(20, 20).png().toBuffer());
    const described = await alice.api.send<Media>("PATCH", `/media/${id}`, { json: { alt: " A square " } });
    expect([described.status, described.body.alt]).toEqual([200, "A square"]);
    for (const json of [{}, { alt: 1 }, { alt: "x".repeat(1001) }, { alt: "x", more: true }]) {
      expect([400, 422]).toContain((await alice.api.send("PATCH", `/media/${id}`, { json })).status);
    }
    for (const address of [`/media/${id}`, "/media/1", "/media/none"]) {
      expect((await bob.api.send("PATCH", address, { json: { alt: "Mine" } })).status).toBe(404);
    }
    const tweet = await alice.tweet("", { media: [id] });
    expect(tweet.media.map((media) => (media as Media).alt)).toEqual(["A square"]);
    expect((await alice.api.send("PATCH", `/media/${id}`, { json: { alt: "Other" } })).status).toBe(409);
  });

  it("is returned upright, without its GPS position, with a preview", async () => {
    const media = await upload(alice, await jpegWithGps(320, 200), { alt: "A gradient" });
    expect(media).toEqual({
      id: expect.stringMatching(/^\d{19}$/),
      type: "image",
      contentType: "image/jpeg",
      url: `${server.url}/media/${media.id}`,
      previewUrl: `${server.url}/media/${media.id}/preview`,
      width: 200,
      height: 320,
      alt: "A gradient",
      bytes: expect.any(Number),
      placeholder: expect.stringMatching(/^data:image\/webp;base64,/),
    });
    const { status, headers, bytes } = await fetchFile(alice, media.url);
    expect(status).toBe(200);
    expect(headers.get("content-type")).toBe("image/jpeg");
    expect(bytes.length).toBe(media.bytes);
    const { exif, orientation, width, height } = await metadataOf(bytes);
    expect({ exif, orientation, width, height }).toEqual({ width: 200, height: 320 });
    const preview = await fetchFile(alice, media.previewUrl);
    expect(preview.headers.get("content-type")).toBe("image/webp");
    expect(await metadataOf(preview.bytes)).toMatchObject({ format: "webp", width: 200, height: 320 });
  });

  it.each(["gif", "webp"] as const)("stays animated: %s", async (format) => {
    const media = await upload(alice, await animation(format));
    expect(await metadataOf((await fetchFile(alice, media.url)).bytes)).toMatchObject({ format, pages: 3 });
  });
});

describe("an upload", () => {
  it("needs neither a file name nor a type", async () => {
    const file = await gradient(8, 8).png().toBuffer();
    for (const type of ["", "\r\nContent-Type: image/png", "\r\nContent-Type: application/octet-stream"]) {
      const raw = Buffer.concat([
        Buffer.from(`--b\r\nContent-Disposition: form-data; name="file"${type}\r\n\r\n`),
        file,
        Buffer.from("\r\n--b--\r\n"),
      ]);
      const headers = { "content-type": "multipart/form-data; boundary=b" };
      const reply = await alice.api.send<Media>("POST", "/media", { raw, headers });
      expect([reply.status, reply.body]).toEqual([201, expect.objectContaining({ type: "image", width: 8 })]);
    }
  });
});

describe("a video", () => {
  it("is kept, but for what tells of its recording", async () => {
    const film = mp4({ width: 640, height: 360, seconds: 3 });
    const cleanWebm = Buffer.from(WEBM);
    // The tags, of which ffmpeg writes some, become an element that players skip.
    const tags = WEBM.lastIndexOf(Buffer.from("1254c367", "hex"));
    const clusters = WEBM.lastIndexOf(Buffer.from("1f43b675", "hex"));
    cleanWebm.fill(0, tags, clusters);
    cleanWebm[tags] = 0xec;
    cleanWebm[tags + 1] = 0x01;
    cleanWebm.writeUInt16BE(clusters - tags - 9, tags + 7);
    for (const [file, kept, type] of [
      [film, film, "video/mp4"],
      [WEBM, cleanWebm, "video/webm"],
    ] as const) {
      const media = await upload(alice, file, { name: "holiday.jpg", type: "image/jpeg" });
      expect(media).toMatchObject({
        type: "video",
        contentType: type,
        bytes: file.length,
        alt: null,
        duration: expect.any(Number),
      });
      const { headers, bytes } = await fetchFile(alice, media.url);
      expect(headers.get("content-type")).toBe(type);
      expect(bytes.equals(kept)).toBe(true);
      const { body: tweet } = await alice.api.post<Tweet>("/tweet", { text: "a film", media: [media.id] });
      const page = await alice.api.get(`/tweet/${tweet.id}`, { accept: "text/html" });
      expect(page.text).toContain(`property="og:video:type" content="${type}"`);
      const preview = await metadataOf((await fetchFile(alice, media.previewUrl)).bytes);
      expect(preview.format).toBe("webp");
      expect(preview.width / preview.height).toBeCloseTo(media.width / media.height, 1);
    }
  });
});

describe("the poster of a video", () => {
  const frame = () => gradient(640, 480).jpeg().toBuffer();

  it("is a frame that comes with it, cropped to its proportions", async () => {
    const media = await upload(alice, mp4({ width: 360, height: 640 }), { poster: await frame() });
    expect(media).toMatchObject({ type: "video", placeholder: expect.stringMatching(/^data:image\/webp;base64,/) });
    const { bytes } = await fetchFile(alice, media.previewUrl);
    expect(await metadataOf(bytes)).toMatchObject({ format: "webp", width: 450, height: 800 });
    const { channels } = await sharp(bytes).stats();
    // Green grows from the top to the bottom of the gradient.
    expect(channels[1]!.max - channels[1]!.min).toBeGreaterThan(200);
    expect((await upload(alice, mp4())).placeholder).toBeUndefined();
  });

  it("is checked as other pictures are", async () => {
    const jpeg = await frame();
    const cases: [Buffer, number, string][] = [
      [mp4(), 422, "poster: must be a picture"],
      [Buffer.from("<!doctype html>"), 415, "web page"],
      [jpeg.subarray(0, jpeg.length / 2), 422, "poster: can't be decoded"],
      [await pngBomb(), 422, "poster: has more than 300 million pixels"],
      [Buffer.concat([jpeg, Buffer.alloc(2 ** 20)]), 413, "A poster may be at most 1 MiB large"],
    ];
    for (const [poster, status, message] of cases) {
      const reply = await tryUpload(alice, mp4(), { poster });
      expect([reply.status, reply.text]).toEqual([status, expect.stringContaining(message)]);
    }
    const picture = await upload(alice, jpeg, { poster: await gradient(8, 8).png().toBuffer() });
    expect([picture.type, picture.width]).toEqual(["image", 640]);
    expect((await server.files()).filter((name) => name.includes("poster"))).toEqual([]);
  });
});

describe("a file", () => {
  it("is served in parts, cacheable and harmless", async () => {
    const file = mp4({ bytes: 100_000 });
    const { id, url } = await upload(alice, file);
    await alice.tweet("a film", { media: [id] });
    const part = await fetchFile(alice, url, { range: "bytes=50000-50099" });
    expect(part.status).toBe(206);
    expect(part.headers.get("content-range")).toBe(`bytes 50000-50099/${file.length}`);
    expect(part.bytes.equals(file.subarray(50_000, 50_100))).toBe(true);
    const end = await fetchFile(alice, url, { range: "bytes=-10" });
    expect(end.bytes.equals(file.subarray(-10))).toBe(true);
    const beyond = await fetchFile(alice, url, { range: `bytes=${file.length}-` });
    expect(beyond.status).toBe(416);
    expect(beyond.headers.get("content-range")).toBe(`bytes */${file.length}`);
    const whole = await fetchFile(alice, url);
    expect(whole.headers.get("accept-ranges")).toBe("bytes");
    expect(whole.headers.get("cache-control")).toContain("immutable");
    expect(whole.headers.get("x-content-type-options")).toBe("nosniff");
    expect(whole.headers.get("content-security-policy")).toMatch(/default-src 'none'.*sandbox/);
    const etag = whole.headers.get("etag")!;
    const cached = await fetchFile(alice, url, { "if-none-match": etag });
    expect([cached.status, cached.bytes.length]).toEqual([304, 0]);
    expect((await fetchFile(alice, url, { range: "bytes=0-1", "if-range": etag })).status).toBe(206);
    expect((await fetchFile(alice, url, { range: "bytes=0-1", "if-range": '"other"' })).status).toBe(200);
    const head = await fetchFile(alice, url, {}, "HEAD");
    expect([head.status, head.bytes.length, head.headers.get("content-length")]).toEqual([200, 0, `${file.length}`]);
    expect((await fetchFile(alice, "/media/1")).status).toBe(404);
    expect((await fetchFile(alice, "/media/..%2f..%2fstarling.sqlite")).status).toBe(404);
  });
});
