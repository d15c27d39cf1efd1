import { type FileHandle, open } from "node:fs/promises";
import { UnavailableError } from "../../../lib/errors.ts";
import { fileError } from "./file-error.ts";

/** Bytes read at a time: hundreds of small reads in one. */
const BLOCK_BYTES = 65_536;
/**
 * Boxes or elements that one file may have. A live recording of 100 MiB with one fragment a second has about 50,000
 * boxes. Walking through 200,000 takes a tenth of a second.
 */
const PARTS_LIMIT = 200_000;
/** Frames of which the places are read one by one. A recording of 100 MiB has about half a million, sound included. */
const FRAMES_LIMIT = 3_000_000;
/** The parts and frames are read in order, so a few times the largest file is enough. */
const READ_LIMIT_BYTES = 512 * 1024 * 1024;
/** The limits above end an inspection within a second or two, so only an overloaded machine takes this long. */
const TIME_LIMIT_MS = 5000;

/** A video on the disk, read within one budget for everything that is done with the file. */
export class VideoFile {
  readonly size: number;
  readonly #handle: FileHandle;
  readonly #deadline = Date.now() + TIME_LIMIT_MS;
  #block: Buffer = Buffer.alloc(0);
  #blockAt = 0;
  #parts = 0;
  #frames = 0;
  #bytes = 0;

  constructor(handle: FileHandle, size: number) {
    this.#handle = handle;
    this.size = size;
  }

  /** Counts boxes or elements. @throws InvalidError beyond the limit */
  countPart(): void {
    this.#parts += 1;
    if (this.#parts > PARTS_LIMIT) throw fileError(`has more than ${PARTS_LIMIT} parts, more than a video needs`);
  }

  /** Counts frames. @throws InvalidError beyond the limit */
  countFrames(more = 1): void {
    this.#frames += more;
    if (this.#frames > FRAMES_LIMIT) throw fileError(`has more than ${FRAMES_LIMIT} frames, more than a video needs`);
  }

  /**
   * @param length at most 64 KiB
   * @returns the bytes at a position, fewer at the end of the file; null if they must be {@link read} first. A loop over
   *   thousands of elements would otherwise wait thousands of times.
   */
  held(at: number, length: number): Buffer | null {
    const from = at - this.#blockAt;
    const end = Math.min(at + length, this.size) - this.#blockAt;
    return from >= 0 && end <= this.#block.length && from <= end ? this.#block.subarray(from, end) : null;
  }

  /** As {@link held}, but reads the next block of the file if necessary. @throws InvalidError, UnavailableError */
  async read(at: number, length: number): Promise<Buffer> {
    const held = this.held(at, length);
    if (held) return held;
    this.#block = await this.readBlock(at, BLOCK_BYTES);
    this.#blockAt = at;
    return this.#block.subarray(0, length);
  }

  /** Reads into a new buffer, which later reads leave alone; less at the end of the file. */
  async readBlock(at: number, length = BLOCK_BYTES): Promise<Buffer> {
    if (Date.now() > this.#deadline) throw new UnavailableError("This server is too busy to check the video");
    this.#bytes += length;
    if (this.#bytes > READ_LIMIT_BYTES) throw fileError("is too intricate to be checked");
    const { buffer, bytesRead } = await this.#handle.read(Buffer.allocUnsafe(length), 0, length, at);
    return buffer.subarray(0, bytesRead);
  }

  async write(at: number, bytes: Buffer): Promise<void> {
    if (Date.now() > this.#deadline) throw new UnavailableError("This server is too busy to check the video");
    await this.#handle.write(bytes, 0, bytes.length, at);
  }

  /** Cuts off what stands behind `end`. */
  async cutAt(end: number): Promise<void> {
    if (end < this.size) await this.#handle.truncate(end);
  }
}

/** Opens a video for reading and overwriting while `use` runs. */
export async function withVideoFile<T>(path: string, use: (file: VideoFile) => Promise<T>): Promise<T> {
  const handle = await open(path, "r+");
  try {
    return await use(new VideoFile(handle, (await handle.stat()).size));
  } finally {
    await handle.close();
  }
}
