import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { ENGINE_PATH, maskedFrame, takeFrame, upgradeRequest } from "../../dev/websocket-frames.ts";

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

/** Opens a websocket. If the server refuses, `head` says how, and `closed` resolves. */
export async function openFrames(url: string, path = ENGINE_PATH): Promise<Frames> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.on("error", () => undefined);
  const closed = new Promise<void>((resolve) => socket.once("close", () => resolve()));
  await Promise.race([once(socket, "connect"), closed]);
  const key = randomBytes(16).toString("base64");
  socket.write(upgradeRequest(hostname, path, key));
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
