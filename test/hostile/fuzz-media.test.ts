// The parsers of videos and of forms, with bytes of any kind: always a result or a refusal, soon, and nothing left over.
import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import type { MediaType } from "../../services/api/uploads/media-types.ts";
import { receiveUpload } from "../../services/api/uploads/receive.ts";
import { inspectVideo } from "../../services/api/uploads/video.ts";
import { box, element, mp4, WEBM } from "../support/files.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "starling-fuzz-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** The longest that 10,000 bytes may take, in CPU time of the process. */
const CPU_LIMIT_MS = 50;
const REFUSALS = ["InvalidError", "RefusedError", "BadRequestError"];

/** @returns the CPU time in milliseconds */
async function settle(work: () => Promise<unknown>): Promise<number> {
  const before = process.cpuUsage();
  await work().catch((error: Error) => expect(REFUSALS).toContain(error.name));
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

/** Expects that work takes little CPU time at one of three tries: the compiler and the collector may take some of one. */
async function expectQuick(work: () => Promise<number>): Promise<void> {
  let cpu = await work();
  for (let tries = 1; tries < 3 && cpu >= CPU_LIMIT_MS; tries += 1) cpu = Math.min(cpu, await work());
  expect(cpu).toBeLessThan(CPU_LIMIT_MS);
}

async function inspect(file: Buffer, type: MediaType): Promise<number> {
  const path = join(folder, "video");
  await writeFile(path, file);
  return settle(() => inspectVideo(path, type));
}

async function receive(body: Buffer, chunk = body.length, boundary = "b"): Promise<number> {
  const path = join(folder, "received");
  // Left by an upload that was accepted.
  await rm(path, { force: true });
  const chunks = Array.from({ length: Math.ceil(body.length / chunk) }, (_, n) =>
    body.subarray(n * chunk, (n + 1) * chunk),
  );
  const headers = { "content-type": `multipart/form-data; boundary=${boundary}` };
  let refused = false;
  const cpu = await settle(() =>
    receiveUpload(headers, Readable.from(chunks), path).catch((error: unknown) => {
      refused = true;
      throw error;
    }),
  );
  if (refused) expect(existsSync(path)).toBe(false);
  return cpu;
}

/** A small file with some of its bytes changed, removed or repeated. */
const mutated = (file: Buffer) =>
  fc
    .array(
      fc.record({
        at: fc.nat(file.length - 1),
        bytes: fc.uint8Array({ maxLength: 9 }),
        drop: fc.nat(12),
        repeat: fc.constantFrom(0, 0, 0, 50),
      }),
      { minLength: 1, maxLength: 5 },
    )
    .map((changes) =>
      changes.reduce<Buffer>((mutation, { at, bytes, drop, repeat }) => {
        const rest = mutation.subarray(Math.min(at + drop, mutation.length));
        const again = Array<Buffer>(repeat).fill(rest.subarray(0, 20));
        return Buffer.concat([mutation.subarray(0, at), bytes, ...again, rest]);
      }, file),
    );

const BOXES = [
  "moov",
  "trak",
  "mdia",
  "minf",
  "stbl",
  "moof",
  "traf",
  "hdlr",
  "stsz",
  "stco",
  "stsc",
  "tfhd",
  "trun",
  "udta",
  "mdat",
];
const boxes = fc.letrec<{ tree: Buffer }>((tie) => ({
  tree: fc.oneof(
    { depthSize: "medium", withCrossShrink: true },
    fc
      .tuple(fc.constantFrom(...BOXES), fc.uint8Array({ maxLength: 24 }))
      .map(([type, content]) => box(type, Buffer.from(content))),
    fc
      .tuple(fc.constantFrom(...BOXES), fc.array(tie("tree"), { maxLength: 5 }))
      .map(([type, inside]) => box(type, ...inside)),
  ),
})).tree;

const ELEMENTS = ["1549a966", "1654ae6b", "ae", "e0", "1f43b675", "a3", "a0", "a1", "ec", "1254c367", "d7", "83", "86"];
const elements = fc.letrec<{ tree: Buffer }>((tie) => ({
  tree: fc.oneof(
    { depthSize: "medium", withCrossShrink: true },
    fc
      .tuple(fc.constantFrom(...ELEMENTS), fc.uint8Array({ maxLength: 12 }))
      .map(([id, content]) => element(id, Buffer.from(content))),
    fc
      .tuple(fc.constantFrom(...ELEMENTS), fc.array(tie("tree"), { maxLength: 5 }))
      .map(([id, inside]) => element(id, ...inside)),
    fc.constantFrom(...ELEMENTS).map((id) => Buffer.from(`${id}01ffffffffffffff`, "hex")),
  ),
})).tree;

const FTYP = mp4().subarray(0, 28);
const WEBM_HEAD = element("1a45dfa3", element("4282", Buffer.from("webm")));
const unit = fc.uint8Array({ minLength: 1, maxLength: 4 });
const repeated = (bytes: Uint8Array) => Buffer.alloc(10_000, bytes);

const run = (property: fc.IAsyncProperty<[Uint8Array]>, numRuns: number) =>
  fc.assert(property, { numRuns, interruptAfterTimeLimit: 8000 });

describe("a video", () => {
  const videos: [MediaType, fc.Arbitrary<Buffer>][] = [
    ["video/mp4", mutated(mp4({ bytes: 50 }))],
    ["video/mp4", fc.array(boxes, { maxLength: 6 }).map((trees) => mp4({ bytes: 50, inMovie: trees, atEnd: trees }))],
    ["video/mp4", fc.array(boxes, { maxLength: 6 }).map((trees) => Buffer.concat([FTYP, ...trees]))],
    ["video/webm", mutated(WEBM)],
    [
      "video/webm",
      fc.array(elements, { maxLength: 6 }).map((trees) => Buffer.concat([WEBM_HEAD, element("18538067", ...trees)])),
    ],
  ];
  it.each(videos)("%s of any content is inspected or refused", async (type, files) => {
    await run(
      fc.asyncProperty(files, async (file) => {
        await inspect(file, type);
      }),
      150,
    );
  });

  it("of 10,000 bytes of a repeated unit takes little time", async () => {
    const heads: [MediaType, (rest: Buffer) => Buffer][] = [
      ["video/mp4", (rest) => Buffer.concat([FTYP, rest])],
      ["video/mp4", (rest) => mp4({ inMovie: [rest] })],
      ["video/mp4", (rest) => mp4({ inTrack: [rest] })],
      ["video/webm", (rest) => Buffer.concat([WEBM_HEAD, rest])],
      ["video/webm", (rest) => Buffer.concat([WEBM_HEAD, element("18538067", element("1654ae6b", rest))])],
      [
        "video/webm",
        (rest) =>
          Buffer.concat([WEBM_HEAD, Buffer.from("1853806701ffffffffffffff1f43b67501ffffffffffffff", "hex"), rest]),
      ],
    ];
    const known = [[0xec, 0x80], [0, 0, 0, 8], [0xae, 0x80], [0xa0, 0x80], [0x1f, 0x43, 0xb6, 0x75], [0]].map((bytes) =>
      Uint8Array.from(bytes),
    );
    await run(
      fc.asyncProperty(fc.oneof(unit, fc.constantFrom(...known)), async (rest) => {
        for (const [type, make] of heads) await expectQuick(() => inspect(make(repeated(rest)), type));
      }),
      60,
    );
  });
});

describe("a form", () => {
  const png = Buffer.concat([Buffer.from("\x89PNG\r\n\x1a\n", "latin1"), Buffer.alloc(80, 1)]);
  const form = Buffer.concat([
    Buffer.from('--b\r\nContent-Disposition: form-data; name="alt"\r\n\r\nA picture\r\n'),
    Buffer.from(
      '--b\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\nContent-Type: image/png\r\n\r\n',
    ),
    png,
    Buffer.from("\r\n--b--\r\n"),
  ]);

  it("of any content is received or refused, and leaves no file", async () => {
    await run(
      fc.asyncProperty(mutated(form), async (body) => {
        await receive(body, 7);
        await receive(body);
      }),
      300,
    );
  });

  it("of 10,000 bytes of a repeated unit takes little time", async () => {
    const inFile = form.subarray(0, form.length - png.length - 9);
    const known = ["--b\r\n", "\r\n--b", "\r\n--", "--b--", "\r\n\r\n", ": ", "\r\n-"].map((text) =>
      Uint8Array.from(Buffer.from(text)),
    );
    await run(
      fc.asyncProperty(fc.oneof(unit, fc.constantFrom(...known)), async (rest) => {
        for (const head of [Buffer.alloc(0), Buffer.from("--b\r\n"), inFile, form]) {
          await expectQuick(() => receive(Buffer.concat([head, repeated(rest)])));
        }
      }),
      60,
    );
  });

  it("may have any boundary", async () => {
    const boundaries = fc.oneof(
      fc.string({ maxLength: 80 }),
      fc.constantFrom("a".repeat(70), "a".repeat(400), '"', "=", ";"),
    );
    await fc.assert(
      fc.asyncProperty(boundaries, async (boundary) => {
        await receive(Buffer.alloc(10_000, boundary || "-"), 1000, boundary);
      }),
      { numRuns: 100 },
    );
  });
});
