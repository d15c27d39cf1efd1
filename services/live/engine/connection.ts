import type { EventEmitter } from "node:events";
import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";

/** A packet that waits for its transport. Broadcasts share one frame between all their connections. */
interface Packet {
  readonly data?: string | Buffer;
}

/** A connection of engine.io, which carries a socket.io client: the parts that engine.io's types leave out. */
export interface EngineConnection {
  readonly id: string;
  /** The request that opened the connection. */
  readonly request: IncomingMessage;
  readonly readyState: "opening" | "open" | "closing" | "closed";
  readonly upgrading: boolean;
  readonly upgraded: boolean;
  /** Set while a ping waits for its pong. */
  readonly pingTimeoutTimer: NodeJS.Timeout | null;
  readonly writeBuffer: readonly Packet[];
  readonly transport: EventEmitter & { readonly name: string; readonly socket?: WebSocketOfServer };
  on(event: "packet", listener: (packet: { type: string; data?: unknown }) => void): void;
  on(event: "close", listener: () => void): void;
  close(discard?: boolean): void;
}

interface WebSocketOfServer {
  readonly bufferedAmount: number;
  readonly _socket: Socket | null;
  terminate(): void;
}

/** libuv's counts of a TCP connection. */
interface Handle {
  bytesWritten: number;
  writeQueueSize: number;
}

/** A closing handshake that takes longer than this is not waited for: an idle client holds a descriptor meanwhile. */
const CLOSE_TIMEOUT_MS = 1000;

/** Memory for a packet beside its text. */
const PACKET_BYTES = 200;
/** JavaScript keeps text with characters outside of Latin-1 in 2 bytes each. */
const CHARACTER_BYTES = 2;

/** The engine's connection under a socket of socket.io. */
export function engineOf({ conn }: { conn: unknown }): EngineConnection {
  return conn as EngineConnection;
}

/** Memory of the packets that wait in a connection, in bytes, as an upper bound. */
export function waitingBytes({ writeBuffer }: EngineConnection): number {
  let bytes = 0;
  for (const { data } of writeBuffer) bytes += PACKET_BYTES + (data === undefined ? 0 : data.length * CHARACTER_BYTES);
  return bytes;
}

/** Bytes that the kernel has taken over from a TCP connection so far. The value grows while the peer reads. */
export function takenBytes(socket: Socket | null | undefined): number {
  const handle = (socket as { _handle?: Handle | null } | null | undefined)?._handle;
  return handle ? handle.bytesWritten - handle.writeQueueSize : 0;
}

/** Shared by all connections. */
const NOTHING = Object.freeze({});
const NO_HEADERS = Object.freeze([]);

/** Forgets the headers and the token with which a client came: they may take 20 KB for as long as the connection lives. */
export function forgetHandshake({ handshake, request }: { handshake: object; request: object }): void {
  Object.assign(handshake, { auth: NOTHING, headers: NOTHING, query: NOTHING, url: "" });
  Object.assign(request, { headers: NOTHING, rawHeaders: NO_HEADERS, url: "", _query: NOTHING });
}

/** Ends a connection at once, without the closing handshake, which a client that does not read would never finish. */
export function cut(connection: EngineConnection): void {
  const { transport } = connection;
  transport.socket?.terminate();
  connection.close(true);
  // A polling transport that is closing already would wait for a poll for half a minute.
  if (connection.readyState !== "closed") transport.emit("close");
}

/** Bounds the time of closing handshakes. The engine makes its websocket server again when the HTTP server listens. */
export function boundClosing(engine: object): void {
  const { opts } = engine as { opts: { wsEngine: new (options: object) => object } };
  const Base = opts.wsEngine;
  opts.wsEngine = class extends Base {
    constructor(options: object) {
      super({ ...options, closeTimeout: CLOSE_TIMEOUT_MS });
    }
  };
}
