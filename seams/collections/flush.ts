import type { FileHandle } from "node:fs/promises";

/**
 * Group commit: makes writes to a file survive a power cut. Callers that ask during a flush share the next one, so that
 * a hundred concurrent writers cost two flushes.
 *
 * @returns a function that resolves when everything written before its call is on the disk
 */
export function createFlusher(file: Pick<FileHandle, "datasync">): () => Promise<void> {
  let running: Promise<void> | null = null;
  let next: Promise<void> | null = null;

  function start(): Promise<void> {
    running = file.datasync().finally(() => {
      running = null;
    });
    return running;
  }

  return () => {
    if (!running) return start();
    next ??= running
      .catch(() => {
        // The callers of the failed flush get its error; this flush is a new try.
      })
      .then(() => {
        next = null;
        return start();
      });
    return next;
  };
}
