// Uploads that cost far more than they bring: each is answered soon, and nobody else waits for them.
import { once } from "node:events";
import { readdir } from "node:fs/promises";
import { request } from "node:http";
import { connect } from "node:net";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { setTimeout as pause } from "node:timers/promises";
import { beforeAll, expect, it } from "@jest/globals";
import { eventually, type Person, temporaryFolder } from "../helper.ts";
import { flatPng, mp4Bombs, webmOfVoids } from "../support/bombs.ts";
import { animation, gradient, mp4, pngBomb } from "../support/files.ts";
import { useTarget } from "../support/target.ts";
import { tryUpload } from "../support/uploads.ts";

const folder = await temporaryFolder();
const target = useTarget({ DATA_DIR: folder });
let mallory: Person;
let bob: Person;
let small: Buffer;
beforeAll(async () => {
  ({ mallory, bob } = await target.cast("mallory", "bob"));
  small = await gradient(8, 8).png().toBuffer();
});

/** The server took at most this long in each of these tests; before, the same took minutes. */
const SOON_MS = 10_000;

/** This process keeps its connections open for later requests. */
const CONNECTIONS = { descriptors: 40 };

const uploading = async () => {
  const names = await readdir(join(folder, "uploads"), { recursive: true }).catch(() => []);
  return names.filter((name) => name.includes("/"));
};

async function within<T>(limitMs: number, what: string, work: Promise<T>): Promise<T> {
  const late = pause(limitMs, undefined, { ref: false }).then(() => {
    throw new Error(`${what} took more than ${limitMs} ms`);
  });
  return Promise.race([work, late]);
}

it("videos of hundreds of thousands of parts delay no picture of others", async () => {
  const bombs: Record<string, Buffer> = { ...mp4Bombs(), voids: webmOfVoids(), "many voids": webmOfVoids(50) };
  const statuses = await target.underAttack(async () => {
    const attack = Promise.all(
      Object.entries(bombs).map(async ([name, bomb]) => [name, (await tryUpload(mallory, bomb)).status] as const),
    );
    const reply = await within(SOON_MS, "the picture", tryUpload(bob, small));
    expect([reply.status, reply.text]).toEqual([201, expect.any(String)]);
    return within(2 * SOON_MS, "the attack", attack);
  }, CONNECTIONS);
  for (const [name, status] of statuses) expect([name, [201, 422].includes(status)]).toEqual([name, true]);
  expect(Object.fromEntries(statuses)).toMatchObject({ voids: 422, "many voids": 422 });
  expect(await uploading()).toEqual([]);
});

it("pictures that are small files and large work are refused, and delay no picture of others", async () => {
  const webp = await animation("webp", 2001, 2);
  const cases: [Buffer, number][] = [
    [flatPng(1, 16_000_000), 422],
    [flatPng(16_000_000, 1), 422],
    [await pngBomb(), 422],
    [await animation("gif", 2001, 2), 422],
    [webp, 422],
    [Buffer.concat([small.subarray(0, 50), Buffer.alloc(1000)]), 422],
    [Buffer.from("GIF89a\xff\xff\xff\xff\xf7\0\0", "latin1"), 422],
    [Buffer.concat([small, Buffer.from("<script>alert(1)</script>")]), 201],
  ];
  await target.underAttack(async () => {
    const attack = Promise.all(cases.map(async ([file]) => (await tryUpload(mallory, file)).status));
    const reply = await within(SOON_MS, "the picture", tryUpload(bob, small));
    expect(reply.status).toBe(201);
    expect(await within(2 * SOON_MS, "the attack", attack)).toEqual(cases.map(([, status]) => status));
  }, CONNECTIONS);
  expect(await uploading()).toEqual([]);
});

it("a JPEG of hundreds of scans is refused", async () => {
  const jpeg = await gradient(64, 64).jpeg({ progressive: true }).toBuffer();
  // The last scan again and again.
  const [at, end] = [jpeg.lastIndexOf(Buffer.from([0xff, 0xda])), jpeg.length - 2];
  const bomb = [jpeg.subarray(0, end), ...Array<Buffer>(500).fill(jpeg.subarray(at, end)), jpeg.subarray(end)];
  const reply = await tryUpload(mallory, Buffer.concat(bomb));
  expect([reply.status, reply.text]).toEqual([422, expect.stringContaining("scans")]);
  expect((await tryUpload(mallory, jpeg)).status).toBe(201);
});

/** Begins an upload and leaves it unfinished. @returns the connection */
async function beginUpload(who: Person, file: Buffer) {
  const { hostname, port } = new URL(target.url);
  const socket = connect(Number(port), hostname);
  socket.on("error", () => undefined);
  await once(socket, "connect");
  socket.write(
    `POST /media HTTP/1.1\r\nHost: ${hostname}\r\nAuthorization: Bearer ${who.token}\r\n` +
      `Content-Type: multipart/form-data; boundary=b\r\nContent-Length: 90000000\r\n\r\n--b\r\n` +
      `Content-Disposition: form-data; name="file"\r\n\r\n`,
  );
  socket.write(file);
  return socket;
}

it("unfinished uploads of one user leave others their places, and no file when they break off", async () => {
  await target.underAttack(async () => {
    const sockets = await Promise.all(Array.from({ length: 30 }, () => beginUpload(mallory, mp4({ bytes: 100_000 }))));
    // Four are received, twenty wait, and the others are refused.
    await eventually(async () => expect(await uploading()).toHaveLength(4));
    // An upload that still finds room in the line waits in it.
    await eventually(async () => {
      const refused = await Promise.race([tryUpload(mallory, small), pause(500, null)]);
      expect([refused?.status, refused?.headers.get("retry-after")]).toEqual([429, expect.stringMatching(/^\d+$/)]);
    });
    expect((await tryUpload(bob, small)).status).toBe(201);
    for (const socket of sockets) socket.destroy();
    await eventually(async () => expect(await uploading()).toEqual([]));
    await eventually(async () => expect((await tryUpload(mallory, small)).status).toBe(201));
  });
});

it("forms of strange shape are refused", async () => {
  const part = (head: string, content: string | Buffer = "x") =>
    Buffer.concat([Buffer.from(`--b\r\n${head}\r\n\r\n`), Buffer.from(content), Buffer.from("\r\n")]);
  const field = (name: string) => part(`Content-Disposition: form-data; name="${name}"`);
  const file = (more = "") => part(`Content-Disposition: form-data; name="file"${more}`, small);
  const end = Buffer.from("--b--\r\n");
  const cases: [string, Buffer[], boolean, string?][] = [
    ["thousands of parts", [...Array<Buffer>(5000).fill(field("alt")), end], false],
    ["thousands of unnamed parts", [...Array<Buffer>(5000).fill(part("X: y")), end], false],
    ["thousands of files", [...Array<Buffer>(2000).fill(file()), end], false],
    ["a name of a megabyte", [field("a".repeat(1_000_000)), end], false],
    [
      "a header of a megabyte",
      [part(`Content-Disposition: form-data; name="file"\r\nX: ${"y".repeat(1_000_000)}`, small), end],
      true,
    ],
    [
      "thousands of headers",
      [part("X: y\r\n".repeat(10_000) + 'Content-Disposition: form-data; name="file"', small), end],
      false,
    ],
    ["a name of the prototype", [field("__proto__"), end], false],
    ["a name with brackets", [field("alt[a][b]"), end], false],
    [
      "a nested form",
      [
        part(
          'Content-Disposition: form-data; name="file"\r\nContent-Type: multipart/mixed; boundary=c',
          "--c\r\n\r\nx\r\n--c--",
        ),
        end,
      ],
      false,
    ],
    ["no end", [file()], false],
    ["only a preamble", [Buffer.alloc(1_000_000, "-")], false],
    ["nothing", [], false],
    ["a boundary of 5000 characters", [Buffer.alloc(1_000_000, "a")], false, "a".repeat(5000)],
    [
      "a boundary that almost matches everywhere",
      [Buffer.alloc(9_000_000, `\r\n--${"a".repeat(69)}`)],
      false,
      "a".repeat(70),
    ],
  ];
  await target.underAttack(async () => {
    for (const [name, body, accepted, boundary = "b"] of cases) {
      const headers = { "content-type": `multipart/form-data; boundary=${boundary}` };
      const sent = mallory.api.send("POST", "/media", { raw: new Uint8Array(Buffer.concat(body)), headers });
      const reply = await within(SOON_MS, name, sent);
      expect([name, reply.status === 201, reply.text]).toEqual([name, accepted, expect.any(String)]);
      expect([201, 400, 415, 422]).toContain(reply.status);
    }
  });
  expect(await uploading()).toEqual([]);
});

it("a form that never begins its file is cut off at the size of the largest file", async () => {
  const outgoing = request(`${target.url}/media`, {
    method: "POST",
    headers: { authorization: `Bearer ${mallory.token}`, "content-type": "multipart/form-data; boundary=b" },
  });
  outgoing.on("error", () => undefined);
  const answered = once(outgoing, "response") as Promise<[{ statusCode: number }]>;
  // All of it stands before the first boundary.
  const preamble = Readable.from(Array<Buffer>(102).fill(Buffer.alloc(2 ** 20, 32)));
  await pipeline(preamble, outgoing).catch(() => undefined);
  const [response] = await answered;
  outgoing.destroy();
  expect(response.statusCode).toBe(413);
});
