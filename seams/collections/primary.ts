import type { Collection, Document, ReadOptions } from "./collection.ts";

export type HasPrimary = Pick<Collection<Document>, "term">;

/**
 * Reads from a store and notes whether the primary answered. A lagging replica may still hold documents that were
 * deleted, and lack new ones.
 *
 * @returns the result, and whether it is certain to come from the primary
 */
export async function readNotingSource<R>(
  store: HasPrimary,
  read: () => Promise<R>,
): Promise<{ found: R; fromPrimary: boolean }> {
  const { term } = store;
  const found = await read();
  return { found, fromPrimary: term !== null && store.term === term };
}

/**
 * Finds one document on any member that can be read. If the member lacks the document, asks the primary: only the
 * primary's "not found" counts, because a replica may lag.
 *
 * @throws UnavailableError when a replica did not find the document and there is no primary to ask
 */
export async function findOrAskPrimary<R>(
  store: HasPrimary,
  find: (options?: ReadOptions) => Promise<R | null>,
): Promise<R | null> {
  const { found, fromPrimary } = await readNotingSource(store, find);
  return found !== null || fromPrimary ? found : find({ fresh: true });
}
