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
/** As large as a video may be, its container and the form included. */
const VIDEO = 100 * MEBIBYTE - 2000;
/** What uploads may take on top, all together: a tenth of what they bring, so about a buffer of 10 MiB for each. */
const MOST_MEMORY = 200 * MEBIBYTE;

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

/** A form with a video, made as it is sent. */
function* form(boundary: string): Generator<Buffer> {
  yield Buffer.from(`--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="a.mp4"\r\n\r\n`);
  const head = mp4({ bytes: 0 });
  // The size of the last box, whose content follows.
  head.writeUInt32BE(VIDEO - head.length + 8, head.length - 8);
  yield head;
  const chunk = Buffer.alloc(65_536, 7);
  for (let left = VIDEO - head.length; left > 0; left -= chunk.length) yield chunk.subarray(0, left);
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

/** The most memory that the server has had in use at once, in bytes. */
async function peakMemory(): Promise<number> {
  const status = await readFile(`/proc/${server.pid}/status`, "utf8");
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024;
}

// Only Linux tells the peak of another process.
(existsSync("/proc/self/status") ? describe : describe.skip)(`${UPLOADS} videos of 100 MiB at once`, () => {
  it("are taken in without being held in memory", async () => {
    await uploadVideo();
    const before = await peakMemory();
    const uploaded = await Promise.all(Array.from({ length: UPLOADS }, uploadVideo));
    expect(new Set(uploaded.map(({ id, bytes }) => `${id} ${bytes}`)).size).toBe(UPLOADS);
    const grown = (await peakMemory()) - before;
    expect(grown).toBeLessThan(MOST_MEMORY);
  }, 300_000);
});
