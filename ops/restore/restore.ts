import { lstat, readdir, rm } from "node:fs/promises";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { takeDataFolder } from "../../seams/collections/data-folder.ts";
import { dataIn, decideRestore, finishRestore, RESTORING_FOLDER } from "../../seams/collections/restored.ts";
import { checkCopy, visitCopy } from "../../seams/collections/sqlite/snapshot.ts";
import { STORE_FILE } from "../../seams/collections/sqlite/store.ts";
import { MEDIA_FOLDER } from "../../seams/files/disk.ts";
import { MEDIA, type MediaDoc } from "../../services/media/media-doc.ts";
import type { Manifest } from "../archive/format.ts";
import { keysOf } from "../backup/media.ts";
import { takeWorkFolder } from "../backup/work-folder.ts";
import { OperatorError } from "../operator-error.ts";
import type { Progress } from "../progress.ts";
import { readManifest, unpack } from "./unpack.ts";

interface RestoreParts {
  /** The archive. */
  file: string;
  /** The folder that gets the data; created when missing. */
  dataDir: string;
  /** Whether present data may be put aside. */
  replace: boolean;
  /** Whether the files of media are expected in the archive, and not in S3. */
  hasMedia: boolean;
  progress: Progress;
}

/** What was restored. */
interface Restored extends Manifest {
  /** The folder with the data that were there before; null without any. */
  aside: string | null;
  /** The media whose files are not in the archive. */
  missing: number;
}

/**
 * Restores a data folder from an archive. The archive is unpacked and checked completely before anything is replaced.
 * A crash leaves the old data or, once the check is done, a folder whose restore the next start completes.
 *
 * @throws ArchiveError, StoreUnusableError when the archive is no backup, or is damaged; DataFolderError when a server
 *   runs on the folder; OperatorError; the system's errors
 */
export async function restore({ file, dataDir, replace, hasMedia, progress }: RestoreParts): Promise<Restored> {
  // First, so that another file than a backup touches nothing.
  await readManifest(file);
  await takeDataFolder(dataDir);
  await takeWorkFolder(dataDir);
  const present = await presentData(dataDir);
  if (present.length > 0 && !replace) {
    throw new OperatorError(
      `${dataDir} has data already. With --replace, they are put aside in a folder within it, and the backup takes their place.`,
    );
  }
  await demandOneDisk(dataDir);
  const restoring = join(dataDir, RESTORING_FOLDER);
  const aside = `replaced-${new Date().toISOString().replaceAll(/[:.]/g, "-")}`;
  progress.step("Unpacking");
  let manifest: Manifest;
  let missing: number;
  try {
    manifest = await unpack(file, restoring, progress);
    progress.step("Checking the database");
    checkCopy(join(restoring, STORE_FILE));
    missing = hasMedia ? await countMissing(restoring) : 0;
  } catch (error) {
    await rm(restoring, { recursive: true, force: true });
    throw error;
  }
  progress.step("Putting the data in their place");
  await decideRestore(dataDir, aside);
  // Not undone by a failure: the next start goes on.
  await finishRestore(dataDir);
  return { ...manifest, aside: existsSync(join(dataDir, aside)) ? join(dataDir, aside) : null, missing };
}

/** The names of data in the folder; an empty folder of media is none. */
async function presentData(dataDir: string): Promise<string[]> {
  const names = await dataIn(dataDir);
  const hasMedia = names.includes(MEDIA_FOLDER) && (await readdir(join(dataDir, MEDIA_FOLDER))).length > 0;
  return names.filter((name) => name !== MEDIA_FOLDER || hasMedia);
}

/** The exchange of the data is a matter of names, which needs one disk. @throws OperatorError */
async function demandOneDisk(dataDir: string): Promise<void> {
  const media = join(dataDir, MEDIA_FOLDER);
  const [around, found] = await Promise.all([lstat(dataDir), lstat(media).catch(() => null)]);
  if (!found || (found.isDirectory() && found.dev === around.dev)) return;
  throw new OperatorError(
    `${media} leads to another disk, so the data can't be exchanged at once. Restore into an empty folder, ` +
      "with DATA_DIR=/another/folder, and move its media to that disk before the start.",
  );
}

/** Counts media that a page would show without their files. */
async function countMissing(restoring: string): Promise<number> {
  const keys = new Set(await readdir(join(restoring, MEDIA_FOLDER)));
  let missing = 0;
  visitCopy<MediaDoc>(join(restoring, STORE_FILE), MEDIA.name, (doc) => {
    if (doc.state === "ready" && keysOf(doc).some((key) => !keys.has(key))) missing += 1;
  });
  return missing;
}
