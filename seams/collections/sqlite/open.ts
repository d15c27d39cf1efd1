import type { CollectionSpec, Document } from "../collection.ts";
import { SqliteCollection } from "./collection.ts";
import type { Output } from "./import/progress.ts";
import { SqliteStore } from "./store.ts";
import type { Log } from "./trouble.ts";

/**
 * The collections of the embedded store, in one file of the folder. Opens nothing before the first collection.
 *
 * @param log told when the disk fails, with the remedy
 * @param out shows the progress when files of an earlier version are imported
 */
export function openSqlite(folder: string, log: Log = console, out: Output = process.stdout) {
  const store = new SqliteStore(folder, { log, out });
  return {
    collection: <T extends Document>(spec: CollectionSpec) => {
      store.expect(spec);
      return new SqliteCollection<T>(spec, store);
    },
    close: () => store.close(),
  };
}
