import { showProgress } from "../../dev/replay/progress.ts";
import type { CollectionSpec, Document } from "../../seams/collections/collection.ts";
import type { openSqlite } from "../../seams/collections/sqlite/open.ts";

const BATCH = 2000;

/**
 * Fills a collection of the embedded store through the store's own interface.
 *
 * @param total the number of documents, for the progress that is shown
 */
export async function fill<T extends Document>(
  store: ReturnType<typeof openSqlite>,
  spec: CollectionSpec,
  docs: Iterable<T>,
  total: number,
): Promise<void> {
  const collection = store.collection<T>(spec);
  await collection.connect();
  const progress = showProgress(`making ${spec.name}`, total);
  let batch: T[] = [];
  const flush = async () => {
    await collection.insertMany(batch);
    progress.done(batch.length);
    batch = [];
  };
  for (const doc of docs) if (batch.push(doc) === BATCH) await flush();
  await flush();
  progress.end();
}
