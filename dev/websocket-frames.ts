// The frames of websockets (RFC 6455), for clients that do what no library does, or that must cost next to nothing.

/** The path of a websocket of engine.io. */
export const ENGINE_PATH = "/socket.io/?EIO=4&transport=websocket";

/** A request to open a websocket. */
export function upgradeRequest(hostname: string, path: string, key: string): string {
  return `GET ${path} HTTP/1.1\r\nHost: ${hostname}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\n\r\n`;
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
export function takeFrame(bytes: Buffer): { text: string; size: number } | null {
  if (bytes.length < 2) return null;
  const short = bytes[1]! & 0x7f;
  const start = short < 126 ? 2 : short === 126 ? 4 : 10;
  if (bytes.length < start) return null;
  const length = short < 126 ? short : short === 126 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2));
  if (bytes.length < start + length) return null;
  return { text: bytes.subarray(start, start + length).toString(), size: start + length };
}
