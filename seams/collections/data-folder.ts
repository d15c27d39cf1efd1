import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { messageOf } from "../../lib/errors.ts";

/** The folder can't be used; the message says why and what to do. */
export class DataFolderError extends Error {
  override name = "DataFolderError";
}

const SQLITE_BUSY = 5;

/**
 * Takes the folder of the embedded stores for this process, until it ends: two at once would write over each other's
 * files. The lock is SQLite's on an empty database, which the system drops however the process ends.
 *
 * @throws DataFolderError when another process has it, or it can't be written to
 */
export async function takeDataFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
    const lock = new DatabaseSync(join(folder, "lock"), { timeout: 0 });
    lock.exec("BEGIN EXCLUSIVE");
    taken.push(lock);
  } catch (error) {
    if ((error as { errcode?: number }).errcode === SQLITE_BUSY) {
      throw new DataFolderError(
        `The data folder ${folder} is in use by another Starling; end that one, or choose another folder with DATA_DIR.`,
      );
    }
    throw new DataFolderError(
      `The data folder ${folder} can't be used (${messageOf(error)}); choose another with DATA_DIR, or make this one writable.`,
    );
  }
}

/** A lock that nobody refers to would be collected, and with that given back. */
const taken: DatabaseSync[] = [];
