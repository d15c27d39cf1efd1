import type { CollectionSpec, Document } from "../collection.ts";
import { SqliteCollection } from "./collection.ts";
import type { Output } from "./import/imports.ts";
import { SqliteStore } from "./store.ts";

/**
 * The collections of the embedded store, in one file of the folder. Opens nothing before the first collection.
 *
 * @param out shows the progress when files of an earlier version are imported
 */
export function openSqlite(folder: string, out: Output = process.stdout) {
  const store = new SqliteStore(folder, out);
  return {
    collection: <T extends Document>(spec: CollectionSpec) => {
      store.expect(spec);
      return new SqliteCollection<T>(spec, store);
    },
    close: () => store.close(),
  };
}
