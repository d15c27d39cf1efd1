import { createHash } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { Readable, type Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import { Header } from "tar";
import { BLOCK_BYTES, DIGEST, READ_BYTES } from "./format.ts";

/** A file of the archive: with its content, or with the path of a file that does not change. */
export interface Item {
  name: string;
  bytes: number;
  content: Buffer | string;
}

interface WriteOptions {
  gzip: boolean;
  /** Is called with the bytes just read. */
  onRead: (bytes: number) => void;
}

/**
 * Writes an archive into a new file that only its owner can read. On the disk once it resolves.
 *
 * @throws the system's errors, such as EEXIST and ENOSPC
 */
export async function writeArchive(path: string, items: Iterable<Item>, options: WriteOptions): Promise<void> {
  const source = Readable.from(blocks(items, options.onRead));
  const target = createWriteStream(path, { flags: "wx", mode: 0o600, flush: true });
  const steps: Transform[] = options.gzip ? [createGzip()] : [];
  await pipeline([source, ...steps, target]);
}

async function* blocks(items: Iterable<Item>, onRead: (bytes: number) => void): AsyncGenerator<Buffer> {
  const digest = createHash("sha256");
  for (const item of items) {
    digest.update(`${item.name} ${item.bytes}\n`);
    for await (const bytes of blocksOf(item)) {
      if (bytes.kind === "content") {
        digest.update(bytes.data);
        onRead(bytes.data.length);
      }
      yield bytes.data;
    }
  }
  const last = Buffer.from(`${digest.digest("hex")}\n`);
  for await (const { data } of blocksOf({ name: DIGEST, bytes: last.length, content: last })) yield data;
  // Two empty blocks end a tar file.
  yield Buffer.alloc(2 * BLOCK_BYTES);
}

interface Bytes {
  kind: "frame" | "content";
  data: Buffer;
}

async function* blocksOf({ name, bytes, content }: Item): AsyncGenerator<Bytes> {
  const header = new Header({ path: name, size: bytes, mode: 0o600, uid: 0, gid: 0, mtime: new Date(), type: "File" });
  header.encode();
  yield { kind: "frame", data: header.block! };
  let written = 0;
  const parts = typeof content === "string" ? createReadStream(content, { highWaterMark: READ_BYTES }) : [content];
  for await (const data of parts as AsyncIterable<Buffer>) {
    written += data.length;
    yield { kind: "content", data };
  }
  if (written !== bytes) throw new Error(`${name} has ${written} bytes instead of ${bytes}`);
  const padding = -bytes & (BLOCK_BYTES - 1);
  if (padding > 0) yield { kind: "frame", data: Buffer.alloc(padding) };
}
