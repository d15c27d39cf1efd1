import { once } from "node:events";
import { existsSync } from "node:fs";
import { readFile, rm } from "node:fs/promises";
import { request } from "node:http";
import { text } from "node:stream/consumers";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import sharp from "sharp";
import { startServer, type StartedServer } from "../../dev/start.ts";
import type { Media } from "../../contract/shapes.ts";
import { createCast, eventually, type Person, temporaryFolder } from "../helper.ts";
import { gradient, mp4 } from "../support/files.ts";
import { tryUpload, upload } from "../support/uploads.ts";

const MEBIBYTE = 1024 * 1024;
/** Four times as many as fit into the limits below. More would take longer, and show the same. */
const UPLOADS = 8;
/** The largest video: its size includes the container and the form. */
const VIDEO_BYTES = 100 * MEBIBYTE - 2000;
/** The additional memory of all uploads together: a quarter of their size, or a buffer of about 25 MiB for each. */
const MEMORY_LIMIT_BYTES = 200 * MEBIBYTE;
/** Of the process that decodes pictures: two at a time, one of them of up to 400 MB. Measured: 570. */
const DECODER_LIMIT_BYTES = 700 * MEBIBYTE;
const HEAP = "--max-old-space-size=512";

let folder: string;
let server: StartedServer;
let alice: Person;
let people: Person[];

beforeAll(async () => {
  folder = await temporaryFolder();
  server = await startServer({ DATA_DIR: folder, RATE_LIMIT_SCALE: "1000000", NODE_OPTIONS: HEAP });
  const cast = await createCast(server.url, "alice", "bob", "carol", "dave", "erin");
  ({ alice } = cast);
  people = Object.values(cast);
});
afterAll(async () => {
  await server?.stop();
  await rm(folder, { recursive: true, force: true });
});

/** A form with a video, generated while it is sent. */
function* form(boundary: string): Generator<Buffer> {
  yield Buffer.from(`--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="a.mp4"\r\n\r\n`);
  const head = mp4({ bytes: 0 });
  // The size of the last box. Its content follows.
  head.writeUInt32BE(VIDEO_BYTES - head.length + 8, head.length - 8);
  yield head;
  const chunk = Buffer.alloc(65_536, 7);
  for (let left = VIDEO_BYTES - head.length; left > 0; left -= chunk.length) yield chunk.subarray(0, left);
  yield Buffer.from(`\r\n--${boundary}--\r\n`);
}

async function uploadVideo(): Promise<Media> {
  const outgoing = request(`${server.url}/media`, {
    method: "POST",
    headers: { authorization: `Bearer ${alice.token}`, "content-type": "multipart/form-data; boundary=b0undary" },
  });
  const answered = once(outgoing, "response") as Promise<[Readable & { statusCode: number }]>;
  await pipeline(Readable.from(form("b0undary")), outgoing);
  const [response] = await answered;
  const body = await text(response);
  expect([response.statusCode, body]).toEqual([201, expect.any(String)]);
  return JSON.parse(body) as Media;
}

/** The processes that a process has started. */
async function childrenOf(pid: number): Promise<number[]> {
  const children = await readFile(`/proc/${pid}/task/${pid}/children`, "utf8");
  return children.split(" ").filter(Boolean).map(Number);
}

/** The peak memory of a process, by default of the server. */
async function peakMemoryBytes(pid = server.pid): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, "utf8");
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024;
}

/** The largest pictures of each kind, as small files: flat, so that only their pixels count. */
async function largestPictures(): Promise<Buffer[]> {
  const flat = (width: number, height: number) =>
    sharp({ create: { width, height, channels: 3, background: "#468" }, limitInputPixels: false });
  return Promise.all([
    flat(12_000, 10_000).jpeg().toBuffer(),
    flat(9000, 7200).jpeg({ progressive: true }).toBuffer(),
    flat(9000, 7200).webp({ lossless: true, effort: 0 }).toBuffer(),
    flat(12_000, 10_000).png({ compressionLevel: 1 }).toBuffer(),
  ]);
}

// Only Linux reveals the peak memory of another process.
(existsSync("/proc/self/status") ? describe : describe.skip)(`${UPLOADS} videos of 100 MiB at once`, () => {
  it("are received without being held in memory", async () => {
    await uploadVideo();
    const before = await peakMemoryBytes();
    const uploaded = await Promise.all(Array.from({ length: UPLOADS }, uploadVideo));
    expect(new Set(uploaded.map(({ id, bytes }) => `${id} ${bytes}`)).size).toBe(UPLOADS);
    const grown = (await peakMemoryBytes()) - before;
    expect(grown).toBeLessThan(MEMORY_LIMIT_BYTES);
  }, 300_000);
});

(existsSync("/proc/self/status") ? describe : describe.skip)(`${UPLOADS} of the largest pictures at once`, () => {
  it("are decoded a few at a time, in a process of their own", async () => {
    const pictures = await largestPictures();
    await upload(alice, await gradient(8, 8).png().toBuffer());
    const [decoder] = await childrenOf(server.pid);
    const before = await peakMemoryBytes();
    const replies = await Promise.all(
      Array.from({ length: UPLOADS }, (_, n) => tryUpload(people[n % people.length]!, pictures[n % pictures.length]!)),
    );
    expect(replies.map(({ status }) => status)).toEqual(Array.from({ length: UPLOADS }, () => 201));
    expect((await peakMemoryBytes()) - before).toBeLessThan(MEMORY_LIMIT_BYTES);
    expect(await peakMemoryBytes(decoder)).toBeLessThan(DECODER_LIMIT_BYTES);
  }, 300_000);

  it("leave nothing behind when the process that decodes them is killed", async () => {
    const [decoder] = await childrenOf(server.pid);
    process.kill(decoder!, "SIGKILL");
    await eventually(async () =>
      expect((await tryUpload(alice, await gradient(8, 8).png().toBuffer())).status).toBe(201),
    );
    expect(await childrenOf(server.pid)).toEqual([expect.any(Number)]);
    expect(await childrenOf(server.pid)).not.toEqual([decoder]);
  });
});
