import type { Readable } from "node:stream";

/** The first and the last byte, both included, as in HTTP. */
export interface ByteRange {
  start: number;
  end: number;
}

/**
 * Stores the bytes of pictures and videos: on the disk, in GridFS or in an S3-compatible store. The three
 * implementations pass the same contract tests. The content of a key never changes until it is deleted.
 */
export interface MediaStorage {
  /**
   * Stores all bytes of the stream without holding them in memory. Durable once it resolves.
   *
   * @param type the media type, for stores that keep one
   * @throws errors of the stream or the store; nothing is then stored under the key
   */
  put(key: string, source: Readable, type: string): Promise<void>;
  /**
   * @param range must be within the file
   * @returns the bytes, or null when the key is not stored
   */
  get(key: string, range?: ByteRange): Promise<Readable | null>;
  /** Also removes the remains of a broken put. Safe to repeat. */
  delete(key: string): Promise<void>;
  close(): Promise<void>;
}
