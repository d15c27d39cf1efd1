import { randomUUID } from "node:crypto";
import { mkdir, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Config } from "../../../config/config.ts";
import { posterPath } from "./receive.ts";

/** The paths of one upload, whose poster stands beside it. Files there are removed when the upload has ended. */
interface UploadPaths {
  received: string;
  prepared: string;
}

/** The folder in which this process keeps uploads until they are in the store. It is made at the first upload. */
export function createUploadFolder({ mongoUrl, dataDir }: Pick<Config, "mongoUrl" | "dataDir">) {
  // In a cluster the data folder may be missing or read-only.
  const root = mongoUrl === undefined ? join(dataDir, "uploads") : join(tmpdir(), "starling-uploads");
  const folder = join(root, `${process.pid}`);
  let made: Promise<unknown> | null = null;

  const make = () =>
    (made ??= removeLeftovers(root)
      .then(() => mkdir(folder, { recursive: true }))
      .catch((error: unknown) => {
        made = null;
        throw error;
      }));

  /** Gives new paths to `use`, and removes the files there afterwards. */
  return async <T>(use: (paths: UploadPaths) => Promise<T>): Promise<T> => {
    await make();
    const received = join(folder, randomUUID());
    const prepared = `${received}.ready`;
    try {
      return await use({ received, prepared });
    } finally {
      await Promise.all([received, posterPath(received), prepared].map((path) => rm(path, { force: true })));
    }
  };
}

/**
 * Removes the folders of processes that were killed. Each process names its folder by its process id. A folder with our
 * own id is left over, too, because this process has not made one yet.
 */
async function removeLeftovers(root: string): Promise<void> {
  const names = await readdir(root).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return [];
    throw error;
  });
  const dead = names.filter((name) => Number(name) === process.pid || !isRunning(Number(name)));
  await Promise.all(dead.map((name) => rm(join(root, name), { recursive: true, force: true })));
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
