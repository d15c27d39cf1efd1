import { open } from "node:fs/promises";
import { setTimeout as pause } from "node:timers/promises";

/** Between two looks at the logs, in milliseconds: soon enough for eyes. */
const LOOK_EVERY = 200;
const CHUNK = 65_536;

/** Where a log is, and who writes it. */
export interface Log {
  readonly name: string;
  readonly logFile: string;
}

/**
 * Hands on what is written to log files from now on, each line with the writer's name before it, until it is told to end.
 *
 * @param write gets whole lines
 * @returns when the signal has come
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
    const buffer = Buffer.alloc(CHUNK);
    while (!signal.aborted) {
      const { bytesRead } = await handle.read(buffer, 0, CHUNK, at);
      at += bytesRead;
      const lines = (rest + decoder.decode(buffer.subarray(0, bytesRead), { stream: true })).split("\n");
      rest = lines.pop()!;
      for (const line of lines) write(prefix + line);
      if (bytesRead === 0) await pause(LOOK_EVERY, undefined, { signal }).catch(ignoreAbort);
    }
  } finally {
    await handle.close();
  }
}

function ignoreAbort(error: Error): void {
  if (error.name !== "AbortError") throw error;
}
