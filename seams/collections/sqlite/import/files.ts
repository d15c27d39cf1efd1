import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, renameSync } from "node:fs";
import { join } from "node:path";

/** The folder, within the data folder, that keeps the files of NeDB after their import. */
export const IMPORTED_FOLDER = "nedb-backup";

// NeDB's file of a collection, and the copy that NeDB made while it rewrote that file.
const ENDING = ".db";
const COPY_ENDING = ".db~";

/** The files of one collection. */
export interface OldFiles {
  file: string;
  copy: string;
  /** Where `file` is after its import. */
  imported: string;
}

export function oldFilesOf(folder: string, collection: string): OldFiles {
  return {
    file: join(folder, collection + ENDING),
    copy: join(folder, collection + COPY_ENDING),
    imported: join(folder, IMPORTED_FOLDER, collection + ENDING),
  };
}

export function haveFile({ file, copy }: OldFiles): boolean {
  return existsSync(file) || existsSync(copy);
}

/**
 * NeDB put a complete copy in the file's place. If only a copy is there, it counts as the collection's file, as it did
 * for NeDB.
 */
export function takeCopy({ file, copy }: OldFiles): void {
  if (!existsSync(file)) renameSync(copy, file);
}

/** Moves the collection's files into the folder of those that are imported. @param folder the data folder */
export function moveAside(folder: string, { file, copy, imported }: OldFiles, folderMode: number): void {
  const target = join(folder, IMPORTED_FOLDER);
  mkdirSync(target, { recursive: true, mode: folderMode });
  // The copy first: it would be taken for the collection's file if the process died in between.
  if (existsSync(copy)) renameSync(copy, `${imported}~`);
  renameSync(file, imported);
  for (const changed of [target, folder]) flushFolder(changed);
}

/** Waits until the names in a folder are on the disk. */
function flushFolder(folder: string): void {
  const descriptor = openSync(folder, "r");
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
