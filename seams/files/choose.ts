import { join } from "node:path";
import type { Db } from "mongodb";
import type { Config } from "../../config/config.ts";
import { DiskStorage, MEDIA_FOLDER } from "./disk.ts";
import { parseS3Url } from "../../config/s3-url.ts";
import type { MediaStorage } from "./storage.ts";

/**
 * Chooses the media store by the settings: S3 if set, else MongoDB if set, else the data folder.
 *
 * @param db the node's database in MongoDB, if any
 */
export function chooseStorage({ mediaUrl, dataDir }: Config, db: Db | null): MediaStorage {
  if (mediaUrl !== undefined) {
    // Loaded on first use: loading the SDK takes a good part of a second, and most installations don't need it.
    return whenUsed(async () => new (await import("./s3.ts")).S3Storage(parseS3Url(mediaUrl)!));
  }
  if (db) return whenUsed(async () => new (await import("./gridfs.ts")).GridFsStorage(db));
  return new DiskStorage(join(dataDir, MEDIA_FOLDER));
}

/** Opens the store on its first use. */
function whenUsed(open: () => Promise<MediaStorage>): MediaStorage {
  let opened: Promise<MediaStorage> | null = null;
  const storage = () => (opened ??= open());
  return {
    put: async (...args) => (await storage()).put(...args),
    get: async (...args) => (await storage()).get(...args),
    delete: async (...args) => (await storage()).delete(...args),
    close: async () => (await opened)?.close(),
  };
}
