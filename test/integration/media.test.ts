import { readdir, rm } from "node:fs/promises";
import { connect } from "node:net";
import { once } from "node:events";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { startServer, type StartedServer } from "../../dev/start.ts";
import type { Media } from "../../contract/shapes.ts";
import {
  createCast,
  eventually,
  type Person,
  type Problem,
  temporaryFolder,
  type Tweet,
  type User,
} from "../helper.ts";
import { animation, gradient, jpegWithGps, metadataOf, mp4, pngBomb, WEBM } from "../support/files.ts";
import { fetchFile, sendForm, tryUpload, upload } from "../support/uploads.ts";

let folder: string;
let server: StartedServer;
let alice: Person;
let bob: Person;

beforeAll(async () => {
  folder = await temporaryFolder();
  server = await startServer({
    DATA_DIR: folder,
    RATE_LIMIT_SCALE: "1000000",
    MEDIA_SWEEP_EVERY: "1",
    MEDIA_UNUSED_TTL: "5",
    MEDIA_QUOTA_MB: "150",
  });
  ({ alice, bob } = await createCast(server.url, "alice", "bob"));
});
afterAll(async () => {
  await server?.stop();
  await rm(folder, { recursive: true, force: true });
  expect(server?.output() ?? "").not.toMatch(/\bERROR\b|unhandled|uncaught/i);
});

/** All files of media, finished or on the way. */
const filesKept = async () =>
  (await readdir(folder, { recursive: true })).filter((name) => /(media|uploads\/\d+)\/./.test(name)).sort();
/** Those that have come since; older ones may have been swept meanwhile. */
const filesSince = async (before: string[]) => (await filesKept()).filter((name) => !before.includes(name));
const filesOf = async ({ id }: Media) => (await filesKept()).filter((name) => name.includes(id));

describe("a picture", () => {
  it("can be described until it is used, by who uploaded it", async () => {
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

  it("comes back upright, without the place where it was taken, with a preview", async () => {
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

  it.each(["gif", "webp"] as const)("goes on moving: %s", async (format) => {
    const media = await upload(alice, await animation(format));
    expect(await metadataOf((await fetchFile(alice, media.url)).bytes)).toMatchObject({ format, pages: 3 });
  });
});

describe("an upload", () => {
  it("needs no name for its file, nor a type", async () => {
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
  it("is kept as it is", async () => {
    for (const [file, type] of [
      [mp4({ width: 640, height: 360, seconds: 3 }), "video/mp4"],
      [WEBM, "video/webm"],
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
      expect(bytes.equals(file)).toBe(true);
      const { body: tweet } = await alice.api.post<Tweet>("/tweet", { text: "a film", media: [media.id] });
      const page = await alice.api.get(`/tweet/${tweet.id}`, { accept: "text/html" });
      expect(page.text).toContain(`property="og:video:type" content="${type}"`);
      const preview = await metadataOf((await fetchFile(alice, media.previewUrl)).bytes);
      expect(preview.format).toBe("webp");
      expect(preview.width / preview.height).toBeCloseTo(media.width / media.height, 1);
    }
  });
});

describe("a file", () => {
  it("is served in parts, to be kept, and harmless", async () => {
    const file = mp4({ bytes: 100_000 });
    const { url } = await upload(alice, file);
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
    expect((await fetchFile(alice, "/media/..%2f..%2fusers.db")).status).toBe(404);
  });
});

describe("what is refused", () => {
  const html = Buffer.from("<!DOCTYPE html><script>alert(1)</script>");
  const cases: [string, () => Buffer | Promise<Buffer>, number, RegExp][] = [
    ["a bomb of 50,000 × 50,000 pixels", () => pngBomb(), 422, /pixels/],
    ["a ZIP archive named .jpg", () => Buffer.from("PK\x03\x04" + "x".repeat(1000), "latin1"), 415, /ZIP/],
    ["an SVG with a script", () => Buffer.from("<svg onload='alert(1)'><script>1</script></svg>"), 415, /SVG/],
    ["a page", () => html, 415, /web page/],
    ["a page that begins like a GIF", () => Buffer.concat([Buffer.from("GIF89a="), html]), 422, /damaged/],
    ["a page that begins like an MP4", () => Buffer.concat([mp4().subarray(0, 32), html]), 422, /damaged|cut off/],
    ["an MP4 that is cut off", () => mp4().subarray(0, 3000), 422, /cut off/],
    [
      "a picture that is cut off",
      async () => (await gradient(300, 300).jpeg().toBuffer()).subarray(0, 2000),
      422,
      /damaged/,
    ],
    ["an empty file", () => Buffer.alloc(0), 422, /empty/],
    [
      "a picture of more than 10 MiB",
      () => Buffer.concat([Buffer.from("\xff\xd8\xff\xe0", "latin1"), Buffer.alloc(10 * 2 ** 20)]),
      413,
      /10 MiB/,
    ],
    ["a video of more than 100 MiB", () => mp4({ bytes: 100 * 2 ** 20 }), 413, /100 MiB/],
  ];
  it.each(cases)("%s", async (_name, make, status, detail) => {
    const before = await filesKept();
    const reply = await tryUpload(alice, await make());
    expect([reply.status, reply.text]).toEqual([status, expect.stringMatching(detail)]);
    expect(await filesSince(before)).toEqual([]);
    expect((await alice.api.get("/health/live")).status).toBe(200);
  });

  it("a form that is not as it should be", async () => {
    const picture = new Blob([new Uint8Array(await gradient(8, 8).png().toBuffer())]);
    const form = (...fields: [string, string | Blob][]) => {
      const made = new FormData();
      for (const [name, value] of fields) {
        if (typeof value === "string") made.append(name, value);
        else made.append(name, value, "x.png");
      }
      return made;
    };
    const status = async (made: FormData) => (await sendForm(alice, made)).status;
    expect(await status(form(["alt", "no file"]))).toBe(422);
    expect(await status(form(["file", picture], ["file", picture]))).toBe(422);
    expect(await status(form(["file", picture], ["other", "x"]))).toBe(400);
    expect(await status(form(["alt", "x".repeat(1001)], ["file", picture]))).toBe(422);
    expect(await status(form(["alt", "é".repeat(1000)], ["file", picture]))).toBe(201);
    expect(await status(form(["file", picture], ["alt", "after it"]))).toBe(201);
    expect(await status(form(["file", "text"]))).toBe(415);
    expect((await alice.api.post("/media", { file: "x" })).status).toBe(415);
    const headers = { "content-type": "multipart/form-data" };
    expect((await alice.api.send("POST", "/media", { raw: "x", headers })).status).toBe(400);
    const anonymous = await fetch(`${server.url}/media`, { method: "POST", body: form(["file", picture]) });
    expect(anonymous.status).toBe(401);
  });

  it("an upload that breaks off", async () => {
    const before = await filesKept();
    const { hostname, port } = new URL(server.url);
    const socket = connect(Number(port), hostname);
    await once(socket, "connect");
    const head = 'Content-Disposition: form-data; name="file"; filename="a.mp4"\r\nContent-Type: video/mp4\r\n\r\n';
    socket.write(
      `POST /media HTTP/1.1\r\nHost: ${hostname}\r\nAuthorization: Bearer ${alice.token}\r\n` +
        `Content-Type: multipart/form-data; boundary=b\r\nContent-Length: 50000000\r\n\r\n--b\r\n${head}`,
    );
    socket.write(mp4({ bytes: 2_000_000 }));
    await eventually(async () => expect(await filesSince(before)).toHaveLength(1));
    socket.destroy();
    await eventually(async () => expect(await filesSince(before)).toEqual([]));
  });

  it("more than the quota holds", async () => {
    const { carol } = await createCast(server.url, "carol");
    const film = mp4({ bytes: 90 * 2 ** 20 });
    const first = await upload(carol, film);
    // Used, so that no sweep makes room meanwhile: on a busy machine the second upload takes seconds.
    const tweet = await carol.tweet("A film", { media: [first.id] });
    const reply = await tryUpload(carol, film);
    expect([reply.status, (reply.body as unknown as Problem).code]).toEqual([413, "QUOTA_EXCEEDED"]);
    await carol.untweet(tweet.id);
    await eventually(async () => expect((await tryUpload(carol, film)).status).toBe(201));
  });
});

describe("a tweet", () => {
  it("shows its media wherever it is read, also after they were to be swept", async () => {
    const picture = await upload(alice, await gradient(64, 32).png().toBuffer(), { alt: "One" });
    const film = await upload(alice, mp4());
    const key = `with-media-${picture.id}`;
    const content = { text: "", media: [picture.id, film.id] };
    const tweet = await alice.api.post<Tweet>(`/tweet/${key}`, content);
    expect([tweet.status, tweet.body.media]).toEqual([201, [picture, film]]);
    const again = await alice.api.post<Tweet>(`/tweet/${key}`, content);
    expect([again.status, again.body.id]).toEqual([200, tweet.body.id]);
    expect((await alice.api.post(`/tweet/${key}`, { text: "", media: [film.id] })).status).toBe(409);
    for (const path of [`/tweet/${key}`, `/tweet/${tweet.body.id}`]) {
      expect((await bob.api.get<Tweet>(path)).body.media).toEqual([picture, film]);
    }
    const unused = await upload(alice, await gradient(16, 16).png().toBuffer());
    await eventually(async () => expect((await fetchFile(alice, unused.url)).status).toBe(404));
    expect(await filesOf(unused)).toEqual([]);
    expect((await fetchFile(alice, picture.url)).status).toBe(200);
    await alice.untweet(tweet.body.id);
    await eventually(async () => {
      for (const media of [picture, film]) {
        expect((await fetchFile(alice, media.url)).status).toBe(404);
        expect(await filesOf(media)).toEqual([]);
      }
    });
  });

  it("takes only media of its author, each once, at most four", async () => {
    const picture = await upload(alice, await gradient(16, 16).png().toBuffer());
    const stolen = await bob.api.post<Problem>("/tweet", { text: "mine", media: [picture.id] });
    expect([stolen.status, stolen.body.errors?.[0]?.field]).toEqual([422, "media"]);
    for (const media of [["1"], [picture.id, picture.id], Array<string>(5).fill(picture.id)]) {
      expect((await alice.api.post("/tweet", { text: "x", media })).status).toBe(422);
    }
    await alice.tweet("once", { media: [picture.id] });
    const second = await alice.tweet("and once more", { media: [picture.id] });
    await alice.untweet(second.id);
    expect((await fetchFile(alice, picture.url)).status).toBe(200);
  });

  it("loses nothing to a key that is taken", async () => {
    const key = `taken-${alice.id}`;
    await bob.api.post(`/tweet/${key}`, { text: "bob's" });
    const picture = await upload(alice, await gradient(16, 16).png().toBuffer());
    expect((await alice.api.post(`/tweet/${key}`, { text: "x", media: [picture.id] })).status).toBe(409);
    expect((await alice.tweet("with another", { media: [picture.id] })).media).toEqual([picture]);
  });
});

describe("an avatar", () => {
  it("is a picture of the user's own, and goes when another comes", async () => {
    const [first, second] = [
      await upload(bob, await gradient(64, 64).png().toBuffer()),
      await upload(bob, await jpegWithGps()),
    ];
    const set = (avatar: string | null) => bob.api.patch<User>("/user", { avatar });
    expect((await set(first.id)).body.avatarUrl).toBe(first.previewUrl);
    expect((await alice.api.get<{ user: User }>(`/user/${bob.username}`)).body.user.avatarUrl).toBe(first.previewUrl);
    for (const bad of [
      "1",
      "x",
      (await upload(alice, await gradient(8, 8).png().toBuffer())).id,
      (await upload(bob, mp4())).id,
    ]) {
      expect((await set(bad)).status).toBe(422);
    }
    expect((await fetchFile(bob, first.previewUrl)).status).toBe(200);
    expect((await bob.tweet("with a face")).author.avatarUrl).toBe(first.previewUrl);
    expect((await set(second.id)).body.avatarUrl).toBe(second.previewUrl);
    await eventually(async () => expect((await fetchFile(bob, first.url)).status).toBe(404));
    expect((await set(null)).body.avatarUrl).toBeNull();
    await eventually(async () => expect((await fetchFile(bob, second.url)).status).toBe(404));
  });
});
