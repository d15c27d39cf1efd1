/** Ids wait at most this long for others to share their write. */
const BATCH_WINDOW_MS = 20;

/**
 * Turns a write of many ids into a function for one id. Ids given within a few milliseconds share one write.
 *
 * @param write is called with all ids of a batch
 * @returns a function that takes an id; it resolves when the id is written and rejects with what `write` throws
 */
export function batched(write: (ids: string[]) => Promise<void>): (id: string) => Promise<void> {
  let batch: { ids: string[]; done: Promise<void> } | null = null;

  function open(): { ids: string[]; done: Promise<void> } {
    const ids: string[] = [];
    const done = new Promise<void>((resolve) => setTimeout(resolve, BATCH_WINDOW_MS)).then(() => {
      batch = null;
      return write(ids);
    });
    return { ids, done };
  }

  return (id) => {
    batch ??= open();
    batch.ids.push(id);
    return batch.done;
  };
}
