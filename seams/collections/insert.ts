import { type Collection, type Document, DuplicateKeyError } from "./collection.ts";

/** Either the document as it is stored, or the unique field whose value another document has already. */
type InsertResult<T> = { inserted: T; taken: null } | { inserted: null; taken: string };

/**
 * Inserts a document, unless another one has the same value in a unique field. The store decides, so of several
 * concurrent callers exactly one succeeds.
 *
 * @returns the document, durable; or in `taken` the name of the unique field that refused it (`_id` or an indexed one)
 * @throws UnavailableError when the store does not answer: the document may or may not be stored
 */
export async function insertIfFree<T extends Document>(
  collection: Pick<Collection<T>, "insert">,
  doc: T,
): Promise<InsertResult<T>> {
  try {
    return { inserted: await collection.insert(doc), taken: null };
  } catch (error) {
    if (!(error instanceof DuplicateKeyError)) throw error;
    return { inserted: null, taken: error.field };
  }
}
