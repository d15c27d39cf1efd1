import { readlinkSync } from "node:fs";
import { readFile } from "node:fs/promises";
import type { Socket } from "node:net";

/** The tables of this process's connections. Only Linux has them. */
const TABLES = ["/proc/self/net/tcp", "/proc/self/net/tcp6"];
/** A row: number, both addresses, state, bytes to send and received, timers, retries, user, timeout, inode. */
const ROW = /^ *\d+: \S+ \S+ \S+ ([\dA-F]+):\S+ \S+ \S+ +\d+ +\d+ (\d+) /gm;

/**
 * Reads how many bytes the system still holds for each client, because the client has not read them. Those are up to
 * 4 MB, and the system takes more from the process only when a third of that has been read.
 *
 * @returns the bytes by the inode of the socket; those without any are missing
 */
export async function readSendQueues(): Promise<ReadonlyMap<string, number>> {
  const queues = new Map<string, number>();
  for (const table of TABLES) {
    // Without the table, a client's progress shows in large steps only.
    const text = await readFile(table, "utf8").catch(() => "");
    for (const [, queued, inode] of text.matchAll(ROW)) {
      const bytes = parseInt(queued!, 16);
      if (bytes > 0) queues.set(inode!, bytes);
    }
  }
  return queues;
}

const inodes = new WeakMap<Socket, string>();

/** The inode of an open socket; "" if the system does not tell. @param descriptor of the socket */
export function inodeOf(socket: Socket, descriptor: number): string {
  let inode = inodes.get(socket);
  if (inode === undefined) {
    inode = readInode(descriptor);
    inodes.set(socket, inode);
  }
  return inode;
}

function readInode(descriptor: number): string {
  try {
    return /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/self/fd/${descriptor}`))?.[1] ?? "";
  } catch {
    // Only Linux has these links.
    return "";
  }
}
