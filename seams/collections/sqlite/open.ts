import type { CollectionSpec, Document } from "../collection.ts";
import { SqliteCollection } from "./collection.ts";
import { SqliteStore } from "./store.ts";

/** The collections of the embedded store, in one file of the folder. Opens nothing before the first collection. */
export function openSqlite(folder: string) {
  const store = new SqliteStore(folder);
  return {
    collection: <T extends Document>(spec: CollectionSpec) => new SqliteCollection<T>(spec, store),
    close: () => store.close(),
  };
}
