/**
 * Does the work for each item, at most `atOnce` in parallel, started in the order of the items. Starts no more after a
 * failure. The items are pulled one by one, so they may be endless or arrive over time.
 *
 * @throws the first error of the work
 */
export async function forEachAtOnce<T>(
  items: Iterable<T> | AsyncIterable<T>,
  atOnce: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const iterator = Symbol.asyncIterator in items ? items[Symbol.asyncIterator]() : items[Symbol.iterator]();
  let failed = false;
  async function run(): Promise<void> {
    for (;;) {
      const next: IteratorResult<T, unknown> = await iterator.next();
      if (next.done || failed) return;
      try {
        await work(next.value);
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  }
  await Promise.all(Array.from({ length: atOnce }, run));
}
