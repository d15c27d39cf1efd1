import { Readable } from "node:stream";
import { Binary, type Collection, type Db, ObjectId } from "mongodb";
import { readOverFailedMembers, translateError } from "../collections/mongo-errors.ts";
import type { ByteRange, MediaStorage } from "./storage.ts";

/** The bucket. Its files are in `media_files.files`, their bytes in `media_files.chunks`. */
const BUCKET = "media_files";
/** The default of GridFS. */
const CHUNK_BYTES = 255 * 1024;
/** Chunks per read; the driver's bucket would read 16 MB at once. */
const BATCH = 4;
const MAJORITY = { writeConcern: { w: "majority", journal: true } } as const;

/** A file as GridFS stores it. The key is the id. */
interface StoredFile {
  _id: string;
  length: number;
  chunkSize: number;
  uploadDate: Date;
  filename: string;
  metadata: { type: string };
}

interface StoredChunk {
  _id: ObjectId;
  files_id: string;
  n: number;
  data: Binary;
}

/**
 * The default store of a cluster: files in MongoDB, in the format of GridFS, so that GridFS tools work. The code does
 * not use the driver's bucket, because the bucket reads 16 MB at once for every viewer, and its pending writes of a
 * broken put arrive after the clean-up.
 */
export class GridFsStorage implements MediaStorage {
  readonly #files: Collection<StoredFile>;
  readonly #chunks: Collection<StoredChunk>;
  #indexed: Promise<unknown> | null = null;

  constructor(db: Db) {
    this.#files = db.collection(`${BUCKET}.files`);
    this.#chunks = db.collection(`${BUCKET}.chunks`);
  }

  async put(key: string, source: Readable, type: string): Promise<void> {
    try {
      await this.#index();
      let n = 0;
      let length = 0;
      for await (const bytes of inChunks(source)) {
        await this.#chunks.insertOne({ _id: new ObjectId(), files_id: key, n: n++, data: new Binary(bytes) });
        length += bytes.length;
      }
      const uploadDate = new Date();
      const file = { _id: key, length, chunkSize: CHUNK_BYTES, uploadDate, filename: key, metadata: { type } };
      // Once the majority has this document, it also has all chunks, because replication keeps the order.
      await this.#files.insertOne(file, MAJORITY);
    } catch (error) {
      await this.delete(key);
      throw translateError(error);
    }
  }

  async get(key: string, range?: ByteRange): Promise<Readable | null> {
    const file = await readOverFailedMembers(() => this.#files.findOne({ _id: key })).catch(rethrow);
    if (!file) return null;
    const whole = { start: 0, end: file.length - 1 };
    return Readable.from(this.#read(file, range ?? whole), { objectMode: false, highWaterMark: file.chunkSize });
  }

  async delete(key: string): Promise<void> {
    await this.#files.deleteOne({ _id: key }, MAJORITY).catch(rethrow);
    await this.#chunks.deleteMany({ files_id: key }, MAJORITY).catch(rethrow);
  }

  close(): Promise<void> {
    // The node closes the client of the database.
    return Promise.resolve();
  }

  async *#read({ _id, chunkSize }: StoredFile, { start, end }: ByteRange): AsyncGenerator<Buffer> {
    const first = Math.floor(start / chunkSize);
    const last = Math.floor(end / chunkSize);
    const query = { files_id: _id, n: { $gte: first, $lte: last } };
    let next = first;
    for await (const { n, data } of this.#chunks.find(query, { sort: { n: 1 }, batchSize: BATCH })) {
      if (n !== next) break;
      next += 1;
      const from = n === first ? start % chunkSize : 0;
      const to = n === last ? (end % chunkSize) + 1 : chunkSize;
      yield Buffer.from(data.buffer).subarray(from, to);
    }
    if (next <= last) throw new Error(`Chunk ${next} of ${_id} is missing`);
  }

  #index(): Promise<unknown> {
    this.#indexed ??= this.#chunks.createIndex({ files_id: 1, n: 1 }, { unique: true }).catch((error: unknown) => {
      this.#indexed = null;
      throw error;
    });
    return this.#indexed;
  }
}

function rethrow(error: unknown): never {
  throw translateError(error);
}

/** Cuts the stream's bytes into pieces of {@link CHUNK_BYTES}; the last piece is shorter. */
async function* inChunks(source: Readable): AsyncGenerator<Buffer> {
  let parts: Buffer[] = [];
  let size = 0;
  for await (let bytes of source as AsyncIterable<Buffer>) {
    while (size + bytes.length >= CHUNK_BYTES) {
      yield Buffer.concat([...parts, bytes.subarray(0, CHUNK_BYTES - size)]);
      bytes = bytes.subarray(CHUNK_BYTES - size);
      parts = [];
      size = 0;
    }
    if (bytes.length > 0) parts.push(bytes);
    size += bytes.length;
  }
  if (size > 0) yield Buffer.concat(parts);
}
