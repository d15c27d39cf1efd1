import { createWriteStream } from "node:fs";
import { mkdir, open, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { sync } from "../../lib/sync.ts";
import { PRIVATE_FOLDER_MODE } from "./private.ts";
import type { ByteRange, MediaStorage } from "./storage.ts";

/** The folder of the media within the data folder. */
export const MEDIA_FOLDER = "media";

/** Clients never choose keys. This check is a second defence against paths into other folders. */
const KEY = /^[a-z0-9][a-z0-9.-]{0,99}$/;
/** The ending of a file that is still being written. */
const PARTIAL = ".partial";

/** Whether a name in the folder is that of a complete file. */
export function isCompleteFile(name: string): boolean {
  return KEY.test(name) && !name.endsWith(PARTIAL);
}

/** The embedded store: one file per key. A file gets its name only once it is complete and on the disk. */
export class DiskStorage implements MediaStorage {
  readonly #folder: string;

  /** @param folder created when missing */
  constructor(folder: string) {
    this.#folder = folder;
  }

  async put(key: string, source: Readable): Promise<void> {
    const path = this.#path(key);
    await mkdir(this.#folder, { recursive: true, mode: PRIVATE_FOLDER_MODE });
    const partial = path + PARTIAL;
    try {
      // `flush` syncs the file before closing it, because a rename may reach the disk before the content does.
      await pipeline(source, createWriteStream(partial, { flush: true }));
      await rename(partial, path);
      await sync(this.#folder);
    } catch (error) {
      await rm(partial, { force: true });
      throw error;
    }
  }

  async get(key: string, range?: ByteRange): Promise<Readable | null> {
    const file = await open(this.#path(key), "r").catch(nothingThere);
    return file && file.createReadStream(range);
  }

  async delete(key: string): Promise<void> {
    const path = this.#path(key);
    await Promise.all([rm(path, { force: true }), rm(path + PARTIAL, { force: true })]);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  #path(key: string): string {
    if (!KEY.test(key)) throw new Error(`${JSON.stringify(key)} can't name a file`);
    return join(this.#folder, key);
  }
}

function nothingThere(error: NodeJS.ErrnoException): null {
  if (error.code === "ENOENT") return null;
  throw error;
}
