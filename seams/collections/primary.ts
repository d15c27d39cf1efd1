import type { Collection, Document, ReadOptions } from "./collection.ts";

export type HasPrimary = Pick<Collection<Document>, "term">;

/**
 * Reads from a store.
 *
 * @returns what was found, and whether it is sure to come from the primary: a replica that lags may still have what is
 *   gone, and not yet have what is new
 */
export async function readSurely<R>(store: HasPrimary, read: () => Promise<R>): Promise<{ found: R; sure: boolean }> {
  const { term } = store;
  const found = await read();
  return { found, sure: term !== null && store.term === term };
}

/**
 * Finds something, wherever it can be read. Only the primary is believed that it is not there: a replica may lag.
 *
 * @throws UnavailableError when it was not found, and there is no primary to ask
 */
export async function findSurely<R>(
  store: HasPrimary,
  find: (options?: ReadOptions) => Promise<R | null>,
): Promise<R | null> {
  const { found, sure } = await readSurely(store, find);
  return found !== null || sure ? found : find({ fresh: true });
}
