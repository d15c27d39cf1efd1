import { open } from "node:fs/promises";

/**
 * Waits until the content of a file, or the names in a folder, are on the disk. The folder stores the names, so a new or
 * renamed file needs both.
 */
export async function sync(path: string): Promise<void> {
  const opened = await open(path, "r");
  try {
    await opened.sync();
  } finally {
    await opened.close();
  }
}
