import { readFileSync } from "node:fs";

/** The share of the process's descriptors that is kept for files and for connections to stores. */
const RESERVED_SHARE = 1 / 8;
/** The least number that is kept. An embedded node holds about 40 files, and every upload opens one or two more. */
const RESERVED_LEAST = 80;
/** A node takes at least this many connections, so that health checks get through. */
const CONNECTIONS_LEAST = 16;

/**
 * The number of connections that a node may hold: the setting, or less if the process may not open that many files.
 * Without a descriptor left, the process could neither accept a connection nor open a file.
 */
export function connectionLimit(setting: number, descriptors = openFilesLimit()): number {
  const reserved = Math.max(RESERVED_LEAST, Math.ceil(descriptors * RESERVED_SHARE));
  return Math.max(CONNECTIONS_LEAST, Math.min(setting, descriptors - reserved));
}

/** The soft limit of open files, as `ulimit -n` prints it; Infinity if the system tells none. */
function openFilesLimit(): number {
  try {
    const soft = /^Max open files\s+(\d+)/m.exec(readFileSync("/proc/self/limits", "utf8"))?.[1];
    return soft === undefined ? Infinity : Number(soft);
  } catch {
    // Only Linux has this file. Elsewhere, the setting alone counts.
    return Infinity;
  }
}
