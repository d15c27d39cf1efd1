import { once } from "node:events";
import { connect } from "node:net";
import { beforeAll, describe, expect, it } from "@jest/globals";
import { createCast, eventually, type Person, type Problem } from "../helper.ts";
import { gradient, mp4, pngBomb } from "../support/files.ts";
import { useMediaServer } from "../support/media-server.ts";
import { sendForm, tryUpload, upload } from "../support/uploads.ts";

const server = useMediaServer();
let alice: Person;
beforeAll(async () => {
  ({ alice } = await createCast(server.url, "alice"));
});

/** The files that are not in `before`. Older ones don't count, because the sweep may have removed them. */
const filesSince = async (before: string[]) => (await server.files()).filter((name) => !before.includes(name));

describe("refused:", () => {
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
    const before = await server.files();
    const reply = await tryUpload(alice, await make());
    expect([reply.status, reply.text]).toEqual([status, expect.stringMatching(detail)]);
    expect(await filesSince(before)).toEqual([]);
    expect((await alice.api.get("/health/live")).status).toBe(200);
  });

  it("a malformed form", async () => {
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
    expect(await status(form(["alt", "\u000bA square"], ["file", picture]))).toBe(422);
    expect(await status(form(["alt", " "], ["file", picture]))).toBe(201);
    expect(await status(form(["alt", "é".repeat(1000)], ["file", picture]))).toBe(201);
    expect(await status(form(["file", picture], ["alt", "after it"]))).toBe(201);
    expect(await status(form(["file", "text"]))).toBe(415);
    expect((await alice.api.post("/media", { file: "x" })).status).toBe(415);
    const headers = { "content-type": "multipart/form-data" };
    expect((await alice.api.send("POST", "/media", { raw: "x", headers })).status).toBe(400);
    const anonymous = await fetch(`${server.url}/media`, { method: "POST", body: form(["file", picture]) });
    expect(anonymous.status).toBe(401);
  });

  it("an upload that ends too early", async () => {
    const before = await server.files();
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

  it("an upload beyond the quota", async () => {
    const { carol } = await createCast(server.url, "carol");
    const film = mp4({ bytes: 90 * 2 ** 20 });
    const first = await upload(carol, film);
    // A tweet uses the first video, so that no sweep frees its space: on a busy machine the second upload takes seconds.
    const tweet = await carol.tweet("A film", { media: [first.id] });
    const reply = await tryUpload(carol, film);
    expect([reply.status, (reply.body as unknown as Problem).code]).toEqual([413, "QUOTA_EXCEEDED"]);
    await carol.untweet(tweet.id);
    await eventually(async () => expect((await tryUpload(carol, film)).status).toBe(201));
  });
});
