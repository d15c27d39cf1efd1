import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { hold } from "../../seams/collections/data-folder.ts";
import { PRIVATE_FOLDER_MODE } from "../../seams/files/private.ts";
import { OperatorError } from "../operator-error.ts";

/** Within the data folder: the lock of backups, and the names of what a killed one may have left behind. */
const WORK_FOLDER = "backup-work";
const TEMPORARY_FILE = "temporary";

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/**
 * Makes sure that only one backup or restore of a data folder runs, and removes what a killed backup has left behind.
 *
 * @throws OperatorError when another one runs
 */
export async function takeWorkFolder(dataDir: string) {
  const folder = join(dataDir, WORK_FOLDER);
  await mkdir(folder, { recursive: true, mode: PRIVATE_FOLDER_MODE });
  if (!hold(join(folder, "lock"))) throw new OperatorError(`Another backup or restore of ${dataDir} is running.`);
  const list = join(folder, TEMPORARY_FILE);
  const left = (await readFile(list, "utf8").catch(() => "")).split("\n").filter((path) => path !== "");
  for (const path of left) await rm(path, { recursive: true, force: true });
  await rm(list, { force: true });

  return {
    /**
     * Runs the work, and removes its temporary files and folders however it ends: after a signal as well, and after a
     * kill when the next backup begins.
     *
     * @param paths absolute; they must not exist
     */
    async withTemporary<R>(paths: string[], work: () => Promise<R>): Promise<R> {
      await writeFile(list, paths.join("\n"), { mode: 0o600, flush: true });
      const clear = () => {
        for (const path of [...paths, list]) rmSync(path, { recursive: true, force: true });
      };
      const end = (signal: NodeJS.Signals) => {
        clear();
        process.stderr.write(`\n${signal}: ended; nothing is left behind.\n`);
        process.exit(130);
      };
      for (const signal of SIGNALS) process.once(signal, end);
      try {
        return await work();
      } finally {
        clear();
        for (const signal of SIGNALS) process.off(signal, end);
      }
    },
  };
}
