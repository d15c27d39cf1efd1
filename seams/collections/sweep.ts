import { setImmediate as breathe } from "node:timers/promises";
import type { Collection, Document, FindFilter } from "./collection.ts";

/** Small batches, so that requests get their turn in between. */
const BATCH_LIMIT = 200;
/** A sweep ends after 10,000 documents, so that a shutdown need not wait for a large backlog. */
const BATCHES_LIMIT = 50;

/**
 * Removes outdated documents, batch by batch. Several nodes may do so at once, if the removal is safe to repeat. Reads
 * come from the primary, because a lagging replica may not know of the latest use of a document.
 *
 * @param outdated an index must serve it
 * @param remove gets the ids of a batch
 */
export async function sweepInBatches<T extends Document>(
  docs: Collection<T>,
  outdated: Pick<FindFilter, "query" | "sort">,
  remove: (ids: string[]) => Promise<unknown>,
): Promise<void> {
  for (let batch = 0; batch < BATCHES_LIMIT; batch++) {
    const found = await docs.findFields({ ...outdated, limit: BATCH_LIMIT, fresh: true }, []);
    if (found.length > 0) await remove(found.map(({ _id }) => _id));
    if (found.length < BATCH_LIMIT) return;
    await breathe();
  }
}
