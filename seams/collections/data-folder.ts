import { access, constants, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { messageOf } from "../../lib/errors.ts";
import { closeToOthers, PRIVATE_FOLDER_MODE } from "../files/private.ts";
import { finishRestore } from "./restored.ts";

/** The folder can't be used; the message gives the reason and the remedy. */
export class DataFolderError extends Error {
  override name = "DataFolderError";
}

const SQLITE_BUSY = 5;

/**
 * Locks the folder of the embedded stores for this process, because two processes would overwrite each other's files.
 * The lock is SQLite's lock on an empty database: the operating system releases it however the process ends. Files that
 * an earlier version left readable to other users are closed to them. A restore that a crash interrupted is ended first.
 *
 * @throws DataFolderError when another process holds the lock, or the folder is not writable
 */
export async function takeDataFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true, mode: PRIVATE_FOLDER_MODE });
    // SQLite would open the lock for reading alone, and then lock nothing.
    await access(folder, constants.W_OK);
    if (!hold(join(folder, "lock"))) {
      throw new DataFolderError(
        `The data folder ${folder} is in use by another Starling; end that one, or choose another folder with DATA_DIR.`,
      );
    }
    await finishRestore(folder);
    const failure = await closeToOthers(folder);
    if (failure) {
      process.emitWarning(`Other users of this machine may be able to read files in ${folder}: ${failure.message}`);
    }
  } catch (error) {
    if (error instanceof DataFolderError) throw error;
    throw new DataFolderError(
      `The data folder ${folder} can't be used (${messageOf(error)}); choose another with DATA_DIR, or make this one writable.`,
    );
  }
}

/**
 * Holds a lock until this process ends. @param path a file for this lock alone
 *
 * @returns false when another process holds the lock
 */
export function hold(path: string): boolean {
  try {
    const lock = new DatabaseSync(path, { timeout: 0 });
    lock.exec("BEGIN EXCLUSIVE");
    heldLocks.push(lock);
    return true;
  } catch (error) {
    if ((error as { errcode?: number }).errcode === SQLITE_BUSY) return false;
    throw error;
  }
}

/** Keeps the locks referenced: the garbage collector would otherwise release them. */
const heldLocks: DatabaseSync[] = [];
