/** What is through is reported together, at most this long after the first, in milliseconds. */
const REPORT_AFTER = 20;

/**
 * Reports what is done, much of it in one write.
 *
 * @param write is given the ids of all that were reported meanwhile
 * @returns a function that takes an id, and resolves when it is written
 */
export function createReport(write: (ids: string[]) => Promise<void>): (id: string) => Promise<void> {
  let batch: { ids: string[]; done: Promise<void> } | null = null;

  function open(): { ids: string[]; done: Promise<void> } {
    const ids: string[] = [];
    const done = new Promise<void>((resolve) => setTimeout(resolve, REPORT_AFTER)).then(() => {
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
