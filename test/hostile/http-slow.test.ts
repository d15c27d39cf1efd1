// Clients that take their time: each kind is ended after a while, and nobody else waits for it.
import { once } from "node:events";
import { connect } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { beforeAll, expect, test } from "@jest/globals";
import { openRaw, type RawConnection } from "../support/connection.ts";
import { eventually } from "../support/eventually.ts";
import { mp4 } from "../support/files.ts";
import type { Person } from "../support/cast.ts";
import { useTarget } from "../support/target.ts";
import { upload } from "../support/uploads.ts";

// With few descriptors, slow clients make room for others sooner.
const target = useTarget({}, { descriptors: 2000 });

let alice: Person;
let mallory: Person;
/** The path of a video that is larger than all buffers between a server and a client that does not read. */
let video: string;
const VIDEO_BYTES = 20_000_000;
beforeAll(async () => {
  ({ alice, mallory } = await target.cast("alice", "mallory"));
  const media = await upload(alice, mp4({ bytes: VIDEO_BYTES }));
  video = new URL(media.url, target.url).pathname;
});

/** Slow senders are ended after 15 s, and slow readers after 30 s; the server looks every second or two. */
const SENDER_LIMIT_MS = 22_000;
const READER_LIMIT_MS = 37_000;

const JSON_HEAD = "POST /auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n";

/** For each kind of slowness, what the client sends first, and what it sends twice a second from then on. */
const SENDERS: Record<string, [first: () => string, then: string]> = {
  "send nothing": [() => "", ""],
  "send their headers slowly": [() => "GET /health/live HTTP/1.1\r\nHost: x\r\n", "X-A: b\r\n"],
  "send their body slowly": [() => `${JSON_HEAD}Content-Length: 1000\r\n\r\n{`, " "],
  "send their chunks slowly": [() => `${JSON_HEAD}Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n`, "1\r\n \r\n"],
  "send no body": [() => `${JSON_HEAD}Content-Length: 1000\r\n\r\n`, ""],
  "send a form slowly where none is expected": [
    () =>
      "POST /auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: 1000\r\n\r\n-",
    "-",
  ],
  "send a file slowly": [() => uploadHead(mallory, 1_000_000) + FILE_HEAD, "x"],
};
/** A user uploads four files at a time; further ones would wait for them. */
const EACH: Record<string, number> = { "send a file slowly": 4 };
const EACH_OTHER = 20;

const FILE_HEAD = '--b\r\nContent-Disposition: form-data; name="file"\r\n\r\n';

function uploadHead(who: Person, bytes: number): string {
  return (
    `POST /media HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${who.token}\r\n` +
    `Content-Type: multipart/form-data; boundary=b\r\nContent-Length: ${bytes}\r\n\r\n`
  );
}

async function slowSendersAreEnded(): Promise<void> {
  const connections: [kind: string, connection: RawConnection][] = [];
  for (const [kind, [first]] of Object.entries(SENDERS)) {
    for (let n = 0; n < (EACH[kind] ?? EACH_OTHER); n++) {
      const connection = await openRaw(target.url);
      connection.write(first());
      connections.push([kind, connection]);
    }
  }
  const trickle = setInterval(() => {
    for (const [kind, connection] of connections) if (SENDERS[kind]![1] !== "") connection.write(SENDERS[kind]![1]);
  }, 500);
  const open = new Set(connections);
  for (const each of connections) void each[1].ended.then(() => open.delete(each));
  await Promise.race([Promise.all(connections.map(([, { ended }]) => ended)), pause(SENDER_LIMIT_MS)]);
  clearInterval(trickle);
  for (const [, connection] of connections) connection.end();
  expect([...open].map(([kind]) => kind)).toEqual([]);
  const answers = connections.flatMap(([, connection]) => {
    const code = /"code":"(\w+)"/.exec(connection.received())?.[1];
    return connection.statuses().map((status) => `${status} ${code}`);
  });
  // Node ends slow headers, and the guard slow bodies.
  expect(new Set(answers)).toEqual(new Set(["408 MALFORMED_REQUEST", "408 REQUEST_TIMEOUT"]));
}

/** An upload in pieces. */
async function uploadInPieces(pieces: number, pieceBytes: number, everyMs: number): Promise<RawConnection> {
  const file = mp4({ bytes: pieces * pieceBytes });
  const body = FILE_HEAD + file.toString("latin1") + "\r\n--b--\r\n";
  const connection = await openRaw(target.url);
  connection.write(uploadHead(alice, body.length));
  for (let sent = 0; sent < body.length; sent += pieceBytes) {
    connection.write(body.slice(sent, sent + pieceBytes));
    if (everyMs > 0) await pause(everyMs);
  }
  return connection;
}

/** Four uploads of a user go on for longer than a slow one may take. Meanwhile, nobody reads the next two. */
async function uploadsMayWait(): Promise<void> {
  const going = Array.from({ length: 4 }, () => uploadInPieces(40, 16_384, 500));
  await pause(500);
  const waiting = await Promise.all([1, 2].map(() => uploadInPieces(1, 1_000_000, 0)));
  for (const connection of await Promise.all(going)) {
    await eventually(() => expect(connection.statuses()).toEqual([201]));
    connection.end();
  }
  for (const connection of waiting) {
    await eventually(() => expect(connection.statuses()).toEqual([201]));
    connection.end();
  }
}

/** Asks for the video, and reads a piece of it now and then. */
async function openReader(pieceBytes: number, everyMs: number) {
  const { hostname, port } = new URL(target.url);
  let read = 0;
  let readsOn = false;
  const onread = {
    buffer: Buffer.alloc(pieceBytes),
    callback: (bytes: number) => {
      read += bytes;
      // Else the next `resume` reads on.
      return readsOn;
    },
  };
  const socket = connect({ host: hostname, port: Number(port), onread });
  let isOpen = true;
  socket.on("error", () => undefined);
  socket.once("close", () => (isOpen = false));
  await once(socket, "connect");
  socket.write(`GET ${video} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${alice.token}\r\n\r\n`);
  const timer = setInterval(() => socket.resume(), everyMs).unref();
  return {
    read: () => read,
    isOpen: () => isOpen,
    /** Reads all that has arrived or still arrives. */
    readOn() {
      readsOn = true;
      socket.resume();
    },
    /** Closes the connection. */
    end() {
      clearInterval(timer);
      socket.destroy();
    },
  };
}

/** Readers of 512 bytes a second are cut, and those of 32 KB a second are not. */
async function slowReadersAreCut(): Promise<void> {
  const slow = await Promise.all(Array.from({ length: 5 }, () => openReader(256, 500)));
  const steady = await Promise.all(Array.from({ length: 5 }, () => openReader(16_384, 500)));
  await pause(READER_LIMIT_MS);
  expect(steady.map((reader) => reader.isOpen())).toEqual(steady.map(() => true));
  // A client learns of the end when it has read what had arrived before.
  for (const reader of slow) reader.readOn();
  await eventually(() => expect(slow.map((reader) => reader.isOpen())).toEqual(slow.map(() => false)));
  // The server's system keeps nothing for them, either: it would be up to 4 MB each.
  for (const reader of slow) expect(reader.read()).toBeLessThan(1_000_000);
  for (const reader of steady) reader.end();
}

// Side by side, because each takes as long as the server waits for such clients.
test("slow clients are ended, those who go on are not, and others are served meanwhile", async () => {
  await target.underAttack(() => Promise.all([slowSendersAreEnded(), uploadsMayWait(), slowReadersAreCut()]));
}, 60_000);
