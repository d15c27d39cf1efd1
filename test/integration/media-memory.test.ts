import { once } from "node:events";
import { existsSync } from "node:fs";
import { readFile, rm } from "node:fs/promises";
import { request } from "node:http";
import { text } from "node:stream/consumers";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { startServer, type StartedServer } from "../../dev/start.ts";
import type { Media } from "../../contract/shapes.ts";
import { createCast, type Person, temporaryFolder } from "../helper.ts";
import { mp4 } from "../support/files.ts";

const MEBIBYTE = 1024 * 1024;
const UPLOADS = 20;
/** The largest video: its size includes the container and the form. */
const VIDEO_BYTES = 100 * MEBIBYTE - 2000;
/** The additional memory of all uploads together: a tenth of their size, or a buffer of about 10 MiB for each. */
const MEMORY_LIMIT_BYTES = 200 * MEBIBYTE;

let folder: string;
let server: StartedServer;
let alice: Person;

beforeAll(async () => {
  folder = await temporaryFolder();
  server = await startServer({ DATA_DIR: folder, RATE_LIMIT_SCALE: "1000000" });
  ({ alice } = await createCast(server.url, "alice"));
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

/** The peak memory of the server. */
async function peakMemoryBytes(): Promise<number> {
  const status = await readFile(`/proc/${server.pid}/status`, "utf8");
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024;
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
