import { open } from "node:fs/promises";
import { setTimeout as pause } from "node:timers/promises";

/** Pause between two reads of a log: short enough for a person who watches. */
const READ_INTERVAL_MS = 200;
const CHUNK_BYTES = 65_536;

/** A log file and the name of its process. */
export interface Log {
  readonly name: string;
  readonly logFile: string;
}

/**
 * Follows log files from their current end, and passes on each new line with the process's name in front.
 *
 * @param write called with whole lines
 * @param signal ends this
 */
export async function followLogs(
  logs: readonly Log[],
  write: (line: string) => void,
  signal: AbortSignal,
): Promise<void> {
  const width = Math.max(...logs.map(({ name }) => name.length));
  await Promise.all(logs.map(({ name, logFile }) => follow(logFile, `${name.padEnd(width)} | `, write, signal)));
}

async function follow(file: string, prefix: string, write: (line: string) => void, signal: AbortSignal): Promise<void> {
  const handle = await open(file);
  try {
    let { size: at } = await handle.stat();
    let rest = "";
    const decoder = new TextDecoder();
    const buffer = Buffer.alloc(CHUNK_BYTES);
    while (!signal.aborted) {
      const { bytesRead } = await handle.read(buffer, 0, CHUNK_BYTES, at);
      at += bytesRead;
      const lines = (rest + decoder.decode(buffer.subarray(0, bytesRead), { stream: true })).split("\n");
      rest = lines.pop()!;
      for (const line of lines) write(prefix + line);
      if (bytesRead === 0) await pause(READ_INTERVAL_MS, undefined, { signal }).catch(ignoreAbort);
    }
  } finally {
    await handle.close();
  }
}

function ignoreAbort(error: Error): void {
  if (error.name !== "AbortError") throw error;
}
