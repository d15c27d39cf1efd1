import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { sync } from "../../lib/sync.ts";
import { MEDIA_FOLDER } from "../files/disk.ts";
import { PRIVATE_FOLDER_MODE } from "../files/private.ts";
import { STORE_FILE } from "./sqlite/store.ts";

/** Within the data folder: what `npm run restore` has unpacked, until it takes its place. */
export const RESTORING_FOLDER = "restoring";
/** Within {@link RESTORING_FOLDER}: everything is there and checked. Contains the name of the folder for old data. */
const COMPLETE_FILE = "complete";
const STORE_FILES = /^starling\.sqlite(?:-wal|-shm)?$|^\w+\.db~?$/;

/** The names of the data in a folder that a restore replaces: the database with its log, and the media. */
export async function dataIn(folder: string): Promise<string[]> {
  const found = await readdir(folder);
  return found.filter((name) => STORE_FILES.test(name) || name === MEDIA_FOLDER);
}

/**
 * Decides that the unpacked data replace the present ones: from now on, {@link finishRestore} does so even after a crash.
 *
 * @param aside the name of the folder within the data folder that gets the present data
 */
export async function decideRestore(folder: string, aside: string): Promise<void> {
  const restoring = join(folder, RESTORING_FOLDER);
  const partial = join(restoring, `${COMPLETE_FILE}.partial`);
  await writeFile(partial, aside, { mode: 0o600, flush: true });
  await rename(partial, join(restoring, COMPLETE_FILE));
  await sync(restoring);
  await sync(folder);
}

/** Whether a restore was interrupted while it exchanged the data, so that the folder has some of both. */
export function isRestorePending(folder: string): boolean {
  return existsSync(join(folder, RESTORING_FOLDER, COMPLETE_FILE));
}

/**
 * Ends a restore that a crash has interrupted: what was unpacked completely takes its place, and the rest is removed.
 * Needs the folder's lock. Each step is safe to repeat, so a crash in here does no harm.
 */
export async function finishRestore(folder: string): Promise<void> {
  const restoring = join(folder, RESTORING_FOLDER);
  const aside = await readFile(join(restoring, COMPLETE_FILE), "utf8").catch(nullIfMissing);
  if (aside !== null) {
    const unpacked = new Set(await readdir(restoring));
    const present = await dataIn(folder);
    // A name that is not in `restoring` any more is restored already.
    const isOld = (name: string) => unpacked.has(name === MEDIA_FOLDER ? name : STORE_FILE);
    await moveAll(present.filter(isOld), folder, join(folder, aside));
    await moveAll(await dataIn(restoring), restoring, folder);
  }
  await rm(restoring, { recursive: true, force: true });
}

/** Moves files and folders within one disk, and makes that durable. */
async function moveAll(names: string[], from: string, to: string): Promise<void> {
  if (names.length === 0) return;
  await mkdir(to, { recursive: true, mode: PRIVATE_FOLDER_MODE });
  for (const name of names) await rename(join(from, name), join(to, name));
  await sync(to);
  await sync(from);
}

function nullIfMissing(error: NodeJS.ErrnoException): null {
  if (error.code === "ENOENT" || error.code === "ENOTDIR") return null;
  throw error;
}
