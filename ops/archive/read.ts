import { createHash } from "node:crypto";
import { open } from "node:fs/promises";
import { createReadStream } from "node:fs";
import type { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { Header } from "tar";
import { ArchiveError, BLOCK_BYTES, DIGEST, READ_BYTES } from "./format.ts";

/** The beginning of a gzipped file. */
const GZIP_MAGIC = "1f8b";
/** Tar programs fill the last record with empty blocks: usually 10 KiB in all. */
const ENDING_LIMIT_BYTES = 1024 * 1024;
const DIGEST_LIMIT_BYTES = 100;

/** A file of an archive. The next entry comes once the content is read. */
export interface Entry {
  name: string;
  bytes: number;
  content: AsyncIterable<Buffer>;
}

/**
 * Reads an archive that may come from anywhere. Entries other than plain files are refused, and names are the caller's
 * to check. The end of the iteration says that the archive is complete and unchanged: its digest is right.
 *
 * @throws ArchiveError; the system's errors
 */
export async function* readArchive(path: string): AsyncGenerator<Entry> {
  const gunzip = (await isGzipped(path)) ? createGunzip() : null;
  const file = createReadStream(path, { highWaterMark: READ_BYTES });
  const source = gunzip ?? file;
  // A failure reaches whoever reads the source.
  const piped = gunzip && pipeline(file, gunzip).catch(() => undefined);
  try {
    yield* entriesOf(createTaker(source));
  } finally {
    source.destroy();
    file.destroy();
    await piped;
  }
}

async function* entriesOf(taker: Taker): AsyncGenerator<Entry> {
  const digest = createHash("sha256");
  for (;;) {
    const { name, bytes } = await headerFrom(taker);
    if (name === DIGEST) {
      if (bytes > DIGEST_LIMIT_BYTES) throw new ArchiveError("its digest is damaged");
      const said = (await buffer(contentOf(taker, bytes))).toString();
      if (said !== `${digest.digest("hex")}\n`) throw new ArchiveError("its content has changed since it was made");
      await taker.takeEnding();
      return;
    }
    digest.update(`${name} ${bytes}\n`);
    let left = bytes;
    async function* content(): AsyncGenerator<Buffer> {
      for await (const data of contentOf(taker, bytes)) {
        left -= data.length;
        digest.update(data);
        yield data;
      }
    }
    yield { name, bytes, content: content() };
    if (left > 0) throw new Error(`The content of ${name} was not read`);
  }
}

async function headerFrom(taker: Taker): Promise<{ name: string; bytes: number }> {
  const block = await taker.take(BLOCK_BYTES);
  const header = new Header(block);
  const { path, size } = header;
  if (!header.cksumValid || path === undefined || size === undefined || !Number.isSafeInteger(size)) {
    throw new ArchiveError("it is no backup of Starling, or it is damaged");
  }
  if (header.type !== "File") throw new ArchiveError(`it contains ${path}, which is no plain file`);
  return { name: path, bytes: size };
}

async function* contentOf(taker: Taker, bytes: number): AsyncGenerator<Buffer> {
  yield* taker.stream(bytes);
  await taker.take(-bytes & (BLOCK_BYTES - 1));
}

/** Takes bytes from a stream. @throws ArchiveError when the stream ends too early */
function createTaker(source: Readable) {
  const chunks = source[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  let rest: Buffer = Buffer.alloc(0);

  /** @returns false at the end */
  async function fill(): Promise<boolean> {
    while (rest.length === 0) {
      // Here, because whoever reads an entry's content gets the error without a detour.
      const next = await chunks.next().catch((error: unknown) => {
        throw isZlibError(error) ? new ArchiveError(`it is damaged or cut short (${error.message})`) : error;
      });
      if (next.done) return false;
      rest = next.value;
    }
    return true;
  }

  async function* stream(bytes: number): AsyncGenerator<Buffer> {
    for (let left = bytes; left > 0;) {
      if (!(await fill())) throw new ArchiveError("it is cut short");
      const part = rest.subarray(0, left);
      rest = rest.subarray(part.length);
      left -= part.length;
      yield part;
    }
  }

  return {
    stream,
    take: (bytes: number): Promise<Buffer> => buffer(stream(bytes)),
    /** Reads on to the end, which also checks the sum of a gzipped file. */
    async takeEnding(): Promise<void> {
      for (let bytes = 0; await fill(); rest = Buffer.alloc(0)) {
        bytes += rest.length;
        if (bytes > ENDING_LIMIT_BYTES || rest.some((byte) => byte !== 0)) {
          throw new ArchiveError("there is something behind its end");
        }
      }
    },
  };
}

type Taker = ReturnType<typeof createTaker>;

async function isGzipped(path: string): Promise<boolean> {
  const file = await open(path, "r");
  try {
    const beginning = await file.read(Buffer.alloc(2), 0, 2, 0);
    return beginning.buffer.toString("hex") === GZIP_MAGIC;
  } finally {
    await file.close();
  }
}

function isZlibError(error: unknown): error is Error {
  const { code } = error as { code?: unknown };
  return typeof code === "string" && (code.startsWith("Z_") || code.startsWith("ERR_ZLIB"));
}
