import { existsSync } from "node:fs";
import { link, realpath, rename, stat, unlink } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { isRestorePending } from "../../seams/collections/restored.ts";
import { checkCopy, hasStore, Snapshot } from "../../seams/collections/sqlite/snapshot.ts";
import { MEDIA_FOLDER } from "../../seams/files/disk.ts";
import { sync } from "../../lib/sync.ts";
import { DATABASE, MANIFEST, type Manifest, mediaName, printManifest } from "../archive/format.ts";
import { type Item, writeArchive } from "../archive/write.ts";
import { OperatorError } from "../operator-error.ts";
import type { Progress } from "../progress.ts";
import { bytesOf, keepMedia } from "./media.ts";
import { takeWorkFolder } from "./work-folder.ts";

interface BackupParts {
  /** The folder to back up. */
  dataDir: string;
  /** The archive to make; gzipped when its name ends with .gz or .tgz. Absolute. */
  file: string;
  /** Whether the files of media are in the folder, and not in S3. */
  hasMedia: boolean;
  progress: Progress;
}

/** What was backed up. */
export interface Backup extends Manifest {
  /** The media whose files are missing in the data folder. */
  missing: string[];
}

/**
 * Backs up a data folder in one file, while a server may run on it. The archive gets its name once it is complete and on
 * the disk.
 *
 * @throws OperatorError; the system's errors
 */
export async function backUp({ dataDir, file, hasMedia, progress }: BackupParts): Promise<Backup> {
  if (isRestorePending(dataDir)) {
    throw new OperatorError(`A restore of ${dataDir} was interrupted. Start the server, which completes it, first.`);
  }
  if (!hasStore(dataDir)) {
    throw new OperatorError(
      `There is no database in ${dataDir}. Set DATA_DIR to the server's data folder. The data of a version that had no ` +
        "starling.sqlite yet are backed up by copying the folder while the server is stopped.",
    );
  }
  if (existsSync(file)) throw new OperatorError(`${file} exists already. Choose another name, or remove it first.`);
  if (!existsSync(dirname(file))) throw new OperatorError(`There is no folder ${dirname(file)}.`);
  const work = await takeWorkFolder(dataDir);
  const partial = `${file}.partial`;
  // Beside the archive, because a copy beside the database could fill the disk that the server needs.
  const copy = `${file}.partial.sqlite`;
  for (const path of [partial, copy]) {
    if (existsSync(path)) {
      throw new OperatorError(`${path} exists: another backup writes it or has left it behind. Remove it first.`);
    }
  }
  const media = hasMedia ? await realpath(join(dataDir, MEDIA_FOLDER)).catch(() => null) : null;
  const links = media === null ? null : join(media, ".backup");
  const temporary = [partial, copy, `${copy}-journal`, ...(links === null ? [] : [links])];
  return work.withTemporary(temporary, async () => {
    const snapshot = new Snapshot(dataDir);
    let kept: ReturnType<typeof keepMedia> = { keys: [], missing: [] };
    const createdAt = new Date().toISOString();
    try {
      progress.step("Keeping the media");
      if (media !== null) kept = keepMedia(snapshot, media, links!);
      progress.step("Copying the database");
      await snapshot.copyTo(copy, progress.at);
    } finally {
      snapshot.close();
    }
    progress.step("Checking the copy");
    checkCopy(copy);
    const files = kept.keys.map((key): Item => ({ name: mediaName(key), ...fileOf(links!, key) }));
    const manifest = {
      createdAt,
      databaseBytes: (await stat(copy)).size,
      mediaFiles: files.length,
      mediaBytes: files.reduce((sum, { bytes }) => sum + bytes, 0),
    };
    const head = printManifest(manifest);
    const items: Item[] = [
      { name: MANIFEST, bytes: head.length, content: head },
      { name: DATABASE, bytes: manifest.databaseBytes, content: copy },
      ...files,
    ];
    progress.step(`Writing ${basename(file)}`);
    const total = head.length + manifest.databaseBytes + manifest.mediaBytes;
    let done = 0;
    const onRead = (bytes: number) => progress.at((done += bytes) / total);
    await writeArchive(partial, items, { gzip: /\.t?gz$/.test(file), onRead });
    await giveName(partial, file);
    return { ...manifest, missing: kept.missing };
  });
}

function fileOf(links: string, key: string): Pick<Item, "bytes" | "content"> {
  return { bytes: bytesOf(links, key), content: join(links, key) };
}

/** Names a file without replacing one that came meanwhile. */
async function giveName(partial: string, file: string): Promise<void> {
  try {
    await link(partial, file);
    await unlink(partial);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") {
      throw new OperatorError(`${file} exists already: somebody else has made it meanwhile.`);
    }
    // This file system has no links.
    await rename(partial, file);
  }
  await sync(dirname(file));
}
