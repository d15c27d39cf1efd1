import { statfs } from "node:fs/promises";
import { messageOf } from "../../lib/errors.ts";
import { mebibytes } from "../../lib/mebibytes.ts";

const MIB = 1024 * 1024;
/** A disk is nearly full with less than this share left, or than these bytes: 5 % of a large disk lasts for long. */
const NEARLY_FULL_SHARE = 0.05;
const NEARLY_FULL_BYTES = 1024 * MIB;
/** With less than this left, writes fail: a transaction and a picture need room of their own. */
const FULL_SHARE = 0.01;
const FULL_BYTES = 4 * MIB;
/** An answer is reused for this long, because health checks come from many sides. */
const REUSED_FOR_MS = 2000;
/** Looks by itself this often, for operators who watch nothing but the log. */
const LOOK_EVERY_MS = 60_000;
/** Repeats itself in the log at most this often. */
const LOG_EVERY_MS = 3_600_000;

/** The room on a disk, in words for an operator. */
interface Room {
  /** A disk that takes no writes any more. */
  missing: string[];
  /** A disk that will be full soon. */
  warnings: string[];
}

/** Watches the room on the disk of the data folder. @param warn writes to the log */
export function createDiskRoom(folder: string, warn: (message: string) => void) {
  let known: { at: number; room: Promise<Room> } | null = null;
  let loggedAt = -Infinity;

  async function look(): Promise<Room> {
    const room = await roomOn(folder);
    const [message] = [...room.missing, ...room.warnings];
    if (message !== undefined && performance.now() - loggedAt > LOG_EVERY_MS) {
      loggedAt = performance.now();
      warn(message);
    }
    // The next time is news again.
    if (message === undefined) loggedAt = -Infinity;
    return room;
  }

  const clock = setInterval(() => void room(), LOOK_EVERY_MS).unref();

  function room(): Promise<Room> {
    const now = performance.now();
    if (!known || now - known.at > REUSED_FOR_MS) known = { at: now, room: look() };
    return known.room;
  }

  return { room, close: () => clearInterval(clock) };
}

async function roomOn(folder: string): Promise<Room> {
  try {
    const { blocks, bavail, bsize } = await statfs(folder);
    return judge(blocks * bsize, bavail * bsize);
  } catch (error) {
    // The first write makes the folder.
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return NOTHING;
    return { missing: [`The disk of DATA_DIR does not answer: ${messageOf(error)}`], warnings: [] };
  }
}

/** @param total the size of the disk, in bytes. @param left the bytes that this user may still write */
export function judge(total: number, left: number): Room {
  // Some file systems of networks tell no size.
  if (total === 0 || left >= Math.min(total * NEARLY_FULL_SHARE, NEARLY_FULL_BYTES)) return NOTHING;
  if (left >= Math.min(total * FULL_SHARE, FULL_BYTES)) {
    return { missing: [], warnings: [`The disk of DATA_DIR is nearly full: ${mebibytes(left)} left`] };
  }
  return { missing: [`The disk of DATA_DIR is full: ${mebibytes(left)} left`], warnings: [] };
}

const NOTHING: Room = { missing: [], warnings: [] };
