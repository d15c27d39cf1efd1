import { open } from "node:fs/promises";

/** Makes new names in a folder durable: the folder stores the names, so syncing a file is not enough. */
export async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
