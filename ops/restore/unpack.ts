import { createWriteStream } from "node:fs";
import { mkdir, readdir, statfs } from "node:fs/promises";
import { dirname, join } from "node:path";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";
import pLimit from "p-limit";
import { mebibytes } from "../../lib/mebibytes.ts";
import { sync } from "../../lib/sync.ts";
import { STORE_FILE } from "../../seams/collections/sqlite/store.ts";
import { MEDIA_FOLDER } from "../../seams/files/disk.ts";
import { PRIVATE_FOLDER_MODE } from "../../seams/files/private.ts";
import { ArchiveError, DATABASE, MANIFEST, type Manifest, mediaKey, parseManifest } from "../archive/format.ts";
import { type Entry, readArchive } from "../archive/read.ts";
import { OperatorError } from "../operator-error.ts";
import type { Progress } from "../progress.ts";

const MANIFEST_LIMIT_BYTES = 64 * 1024;
/** Files that are synced at once, because file systems make several durable with one write of their journal. */
const SYNCS_AT_ONCE = 16;

/** Reads what an archive says of itself, and nothing else. @throws ArchiveError */
export async function readManifest(file: string): Promise<Manifest> {
  const entries = readArchive(file);
  try {
    return await manifestFrom(entries);
  } finally {
    await entries.return(undefined);
  }
}

/**
 * Unpacks an archive that may come from anywhere. Nothing is written outside of the folder, nor more than the manifest
 * says.
 *
 * @param folder must not exist, but the folder around it must. On the disk once the promise resolves
 * @throws ArchiveError when the archive is no backup, or is damaged; OperatorError when the disk has not enough room
 */
export async function unpack(file: string, folder: string, progress: Progress): Promise<Manifest> {
  const entries = readArchive(file);
  const manifest = await manifestFrom(entries);
  const total = manifest.databaseBytes + manifest.mediaBytes;
  await demandRoom(dirname(folder), total);
  await mkdir(folder, { mode: PRIVATE_FOLDER_MODE });
  const media = join(folder, MEDIA_FOLDER);
  await mkdir(media, { mode: PRIVATE_FOLDER_MODE });
  let databases = 0;
  let files = 0;
  let bytes = 0;
  let done = 0;
  for await (const entry of entries) {
    const { name } = entry;
    const key = mediaKey(name);
    if (name === DATABASE) {
      databases += 1;
      if (entry.bytes !== manifest.databaseBytes)
        throw new ArchiveError("its database has another size than its manifest");
    } else if (key !== null) {
      files += 1;
      bytes += entry.bytes;
      if (bytes > manifest.mediaBytes) throw new ArchiveError("it has more media than its manifest says");
    } else {
      throw new ArchiveError(`it contains ${JSON.stringify(name)}, which is not part of a backup`);
    }
    await save(entry, key === null ? join(folder, STORE_FILE) : join(media, key));
    progress.at((done += entry.bytes) / Math.max(total, 1));
  }
  if (databases !== 1 || files !== manifest.mediaFiles || bytes !== manifest.mediaBytes) {
    throw new ArchiveError("it has less than its manifest says");
  }
  await syncAll(folder, media);
  return manifest;
}

/** Reads the first entry of an archive. */
async function manifestFrom(entries: AsyncGenerator<Entry>): Promise<Manifest> {
  const first = await entries.next();
  if (first.done) throw new ArchiveError("it is empty");
  const { name, bytes, content }: Entry = first.value;
  if (name !== MANIFEST || bytes > MANIFEST_LIMIT_BYTES) throw new ArchiveError("it is no backup of Starling");
  return parseManifest((await buffer(content)).toString());
}

async function save({ name, content }: Entry, path: string): Promise<void> {
  try {
    // Not a file that is there already, so no entry comes twice.
    await pipeline(Readable.from(content), createWriteStream(path, { flags: "wx", mode: 0o600 }));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") throw new ArchiveError(`it contains ${name} twice`);
    throw error;
  }
}

async function syncAll(folder: string, media: string): Promise<void> {
  const limit = pLimit(SYNCS_AT_ONCE);
  const paths = [join(folder, STORE_FILE), ...(await readdir(media)).map((name) => join(media, name))];
  await limit.map(paths, sync);
  await sync(media);
  await sync(folder);
}

async function demandRoom(folder: string, wanted: number): Promise<void> {
  const { bavail, bsize } = await statfs(folder);
  const free = bavail * bsize;
  if (wanted <= free) return;
  throw new OperatorError(
    `The backup needs ${mebibytes(wanted)}, but the disk of ${folder} has ${mebibytes(free)} left.`,
  );
}
