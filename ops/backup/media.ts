import { constants, copyFileSync, linkSync, mkdirSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { previewKey } from "../../contract/records.ts";
import type { Snapshot } from "../../seams/collections/sqlite/snapshot.ts";
import { isCompleteFile } from "../../seams/files/disk.ts";
import { PRIVATE_FOLDER_MODE } from "../../seams/files/private.ts";
import { MEDIA, type MediaDoc } from "../../services/media/media-doc.ts";

/** Media that are uploaded and deleted during a round need another one. More rounds than this mean a missing file. */
const ROUNDS_LIMIT = 10;

/** The files of a medium that are there in each state of the store in which it is `ready`. */
export function keysOf({ _id, previewBytes }: MediaDoc): string[] {
  return previewBytes > 0 ? [_id, previewKey(_id)] : [_id];
}

/**
 * Keeps the files of all media that a snapshot of the store knows, by links of their own: a medium that is deleted
 * meanwhile stays readable. A file is complete before its document is `ready`, and is removed after the document has
 * changed. So files that were linked before the snapshot, or right after it, are all that the snapshot needs, unless a
 * medium came and went in between: then a newer snapshot is taken.
 *
 * @param folder of the media
 * @param links a new folder on the same disk
 * @returns the keys of the files to pack, and the media whose files are missing in `folder` as well
 */
export function keepMedia(snapshot: Snapshot, folder: string, links: string): { keys: string[]; missing: string[] } {
  mkdirSync(links, { mode: PRIVATE_FOLDER_MODE });
  const kept = new Set<string>();
  for (let round = 1; ; round++) {
    linkNew(folder, links, kept);
    snapshot.renew();
    linkNew(folder, links, kept);
    const keys: string[] = [];
    const missing: string[] = [];
    for (const doc of snapshot.documents<MediaDoc>(MEDIA.name)) {
      const wanted = keysOf(doc);
      keys.push(...wanted.filter((key) => kept.has(key)));
      // The files of the others are on their way, or going.
      if (doc.state === "ready" && wanted.some((key) => !kept.has(key))) missing.push(doc._id);
    }
    if (missing.length === 0 || round === ROUNDS_LIMIT) return { keys, missing };
  }
}

function linkNew(folder: string, links: string, kept: Set<string>): void {
  for (const name of readdirSync(folder)) {
    if (kept.has(name) || !isCompleteFile(name)) continue;
    if (linkOrCopy(join(folder, name), join(links, name))) kept.add(name);
  }
}

/** @returns false when the file has gone meanwhile */
function linkOrCopy(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return false;
  }
  // Some file systems have no links, or limit their number.
  try {
    copyFileSync(from, to, constants.COPYFILE_FICLONE);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return false;
    throw error;
  }
}

/** The bytes of a kept file. */
export function bytesOf(links: string, key: string): number {
  return statSync(join(links, key)).size;
}
