import type { FileHandle } from "node:fs/promises";

/**
 * Makes what was written to a file outlive a power cut: a group commit. Whoever asks while a flush is under way shares
 * the next one, so that a hundred writers at once cost two flushes.
 *
 * @returns a function that resolves when all that was written before its call is on the disk
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
        // Those who shared that one hear of it; this one is a try of its own.
      })
      .then(() => {
        next = null;
        return start();
      });
    return next;
  };
}
