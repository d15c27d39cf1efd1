import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { connect, type Socket } from "node:net";

/** A websocket at the level of its frames, for clients that do what no library does. */
export interface Frames {
  readonly socket: Socket;
  /** The status line and the headers of the answer to the upgrade. */
  readonly head: string;
  /** The texts of all frames that were read so far. */
  readonly texts: string[];
  /** Sends each text in a frame of its own, all in one write. */
  send: (...texts: string[]) => void;
  /** Stops reading, as a client does that takes nothing from its receive buffer. */
  stopReading: () => void;
  /** Waits for a text. */
  text(pattern: RegExp, limitMs?: number): Promise<string>;
  /** Resolves when the server has closed the connection. */
  readonly closed: Promise<void>;
  close(): void;
}

/** The path of a websocket of engine.io. */
const PATH = "/socket.io/?EIO=4&transport=websocket";

/** Opens a websocket. If the server refuses, `head` says how, and `closed` resolves. */
export async function openFrames(url: string, path = PATH): Promise<Frames> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.on("error", () => undefined);
  const closed = new Promise<void>((resolve) => socket.once("close", () => resolve()));
  await Promise.race([once(socket, "connect"), closed]);
  const key = randomBytes(16).toString("base64");
  socket.write(
    `GET ${path} HTTP/1.1\r\nHost: ${hostname}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\n\r\n`,
  );
  let bytes = Buffer.alloc(0);
  let head = "";
  const texts: string[] = [];
  const read = (chunk: Buffer) => {
    bytes = Buffer.concat([bytes, chunk]);
    if (head === "") {
      const end = bytes.indexOf("\r\n\r\n");
      if (end === -1) return;
      head = bytes.subarray(0, end).toString();
      bytes = bytes.subarray(end + 4);
    }
    for (let frame = takeFrame(bytes); frame; frame = takeFrame(bytes)) {
      bytes = bytes.subarray(frame.size);
      texts.push(frame.text);
    }
  };
  socket.on("data", read);
  await Promise.race([
    closed,
    new Promise<void>((resolve) => {
      socket.on("data", () => {
        if (head !== "") resolve();
      });
    }),
  ]);
  return {
    socket,
    head,
    texts,
    closed,
    send: (...frames) => void socket.write(Buffer.concat(frames.map((text) => maskedFrame(text)))),
    stopReading: () => void socket.pause(),
    async text(pattern, limitMs = 10_000) {
      const deadline = AbortSignal.timeout(limitMs);
      for (;;) {
        const found = texts.find((text) => pattern.test(text));
        if (found !== undefined) return found;
        if (socket.destroyed) throw new Error(`The connection was closed before ${pattern} came`);
        await once(socket, "data", { signal: deadline });
      }
    },
    close: () => void socket.destroy(),
  };
}

/** A frame of a client. The mask is zero, so that the text stays as it is. @param opcode 1 for text, 2 for bytes */
export function maskedFrame(payload: string | Buffer, opcode = 1): Buffer {
  const body = Buffer.from(payload);
  const long = body.length > 0xffff;
  const length = body.length < 126 ? [0x80 | body.length] : [0x80 | (long ? 127 : 126)];
  const rest = Buffer.alloc(body.length < 126 ? 0 : long ? 8 : 2);
  if (long) rest.writeBigUInt64BE(BigInt(body.length));
  else if (rest.length > 0) rest.writeUInt16BE(body.length);
  return Buffer.concat([Buffer.from([0x80 | opcode, ...length]), rest, Buffer.alloc(4), body]);
}

/** The first frame of a server, which does not mask; null until it is complete. */
function takeFrame(bytes: Buffer): { text: string; size: number } | null {
  if (bytes.length < 2) return null;
  const short = bytes[1]! & 0x7f;
  const start = short < 126 ? 2 : short === 126 ? 4 : 10;
  if (bytes.length < start) return null;
  const length = short < 126 ? short : short === 126 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2));
  if (bytes.length < start + length) return null;
  return { text: bytes.subarray(start, start + length).toString(), size: start + length };
}
