import type { Collection, Document } from "./collection.ts";

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
