import type { Readable } from "node:stream";

/** The first and the last byte wanted, both included, as in HTTP. */
export interface ByteRange {
  start: number;
  end: number;
}

/**
 * Where the bytes of pictures and videos lie: on the disk, in GridFS or in an S3-compatible store. The three pass the
 * same contract tests. A key never gets other content: what was put under it stays until it is deleted.
 */
export interface MediaStorage {
  /**
   * Stores all that the stream gives, without holding it in memory. Durable once it resolves.
   *
   * @param type the media type, for stores that keep one
   * @throws what the stream throws, or the store; then nothing is there under the key
   */
  put(key: string, source: Readable, type: string): Promise<void>;
  /**
   * @param range must lie within the file
   * @returns the bytes, null when there is nothing under the key
   */
  get(key: string, range?: ByteRange): Promise<Readable | null>;
  /** Also removes what a broken put may have left. Safe to repeat. */
  delete(key: string): Promise<void>;
  close(): Promise<void>;
}
