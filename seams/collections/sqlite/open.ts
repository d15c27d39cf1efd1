import type { CollectionSpec, Document } from "../collection.ts";
import { SqliteCollection } from "./collection.ts";
import { SqliteStore } from "./store.ts";
import type { Log } from "./trouble.ts";

/**
 * The collections of the embedded store, in one file of the folder. Opens nothing before the first collection.
 *
 * @param log told when the disk fails, with the remedy
 */
export function openSqlite(folder: string, log: Log = console) {
  const store = new SqliteStore(folder, log);
  return {
    collection: <T extends Document>(spec: CollectionSpec) => new SqliteCollection<T>(spec, store),
    close: () => store.close(),
  };
}
