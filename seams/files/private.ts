import { chmod, readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { IMPORTED_FOLDER } from "../collections/sqlite/import/files.ts";

/** The process's umask: files and folders that it makes are its user's alone. */
export const PRIVATE_UMASK = 0o077;
/** For folders of data. Explicit, because tools make nodes without setting the umask. */
export const PRIVATE_FOLDER_MODE = 0o700;
const PRIVATE_FILE_MODE = 0o600;
/** The permissions of the group and of everybody else. */
const OTHERS = 0o077;
/** Set on folders that several users share, such as /tmp. */
const STICKY = 0o1000;

/** What the embedded stores make in the data folder, or made in earlier versions. Nothing else there is ours to change. */
const OUR_FILES = /^(?:starling\.sqlite(?:-wal|-shm)?|\w+\.db~?|lock|lock-journal)$/;
const OUR_FOLDERS = new Set(["media", "uploads", IMPORTED_FOLDER]);

/**
 * Takes the permissions of other users from a data folder that an earlier version left open. A folder whose own mode is
 * private counts as done, so that a start does not look at every picture.
 *
 * @returns the first failure, such as EPERM when another user owns a file; null without any
 */
export async function closeToOthers(folder: string): Promise<Error | null> {
  let failure: Error | null = null;

  async function restrict(path: string, mode: number): Promise<void> {
    await chmod(path, mode).catch((error: Error) => (failure ??= error));
  }

  /** Closes a folder of ours with everything in it. */
  async function closeAll(path: string): Promise<void> {
    for (const entry of await readdir(path, { withFileTypes: true })) {
      if (entry.isDirectory()) await closeAll(join(path, entry.name));
      else if (entry.isFile()) await restrict(join(path, entry.name), PRIVATE_FILE_MODE);
    }
    // Last, because its mode says that everything in it is done.
    await restrict(path, PRIVATE_FOLDER_MODE);
  }

  // First, because it closes everything below at once.
  const { mode } = await stat(folder);
  if (isOpen(mode) && (mode & STICKY) === 0) await restrict(folder, PRIVATE_FOLDER_MODE);
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isFile() && OUR_FILES.test(entry.name)) await restrict(path, PRIVATE_FILE_MODE);
    if (OUR_FOLDERS.has(entry.name)) {
      // Not from the entry, because operators link these folders to another disk.
      const found = await stat(path);
      if (found.isDirectory() && isOpen(found.mode)) await closeAll(path);
    }
  }
  return failure;
}

function isOpen(mode: number): boolean {
  return (mode & OTHERS) !== 0;
}
