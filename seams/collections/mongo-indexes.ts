import { isDeepStrictEqual } from "node:util";
import { type Collection, type CreateIndexesOptions, type Document, MongoServerError } from "mongodb";
import { type CollectionSpec, type IndexSpec, StoreUnusableError } from "./collection.ts";

const NAMESPACE_NOT_FOUND = 26;
const CONFLICTS = [
  85, // IndexOptionsConflict
  86, // IndexKeySpecsConflict
];
const DUPLICATE_KEY = 11_000;

/** An index as MongoDB describes it. */
interface FoundIndex {
  key: Record<string, number>;
  unique?: boolean;
  partialFilterExpression?: Document;
}

/**
 * Creates the missing indexes of a collection; safe when several nodes do so at once. If none is missing, any readable
 * member suffices, so that a node can start while there is no primary.
 *
 * @throws StoreUnusableError when an index over the same fields exists with other properties, or can't be created
 */
export async function ensureIndexes<T extends Document>(
  collection: Collection<T>,
  spec: CollectionSpec,
): Promise<void> {
  const found = await findIndexes(collection);
  for (const index of spec.indexes) {
    if (found.some((one) => isSame(one, index))) continue;
    await create(collection, index);
  }
}

async function findIndexes<T extends Document>(collection: Collection<T>): Promise<FoundIndex[]> {
  try {
    return (await collection.indexes()) as FoundIndex[];
  } catch (error) {
    if (error instanceof MongoServerError && error.code === NAMESPACE_NOT_FOUND) return [];
    throw error;
  }
}

function isSame(found: FoundIndex, { fields, unique = false, partial }: IndexSpec): boolean {
  return (
    // The order of the fields matters.
    isDeepStrictEqual(Object.entries(found.key), Object.entries(fields)) &&
    (found.unique ?? false) === unique &&
    isDeepStrictEqual(found.partialFilterExpression, partial)
  );
}

async function create<T extends Document>(
  collection: Collection<T>,
  { fields, unique, partial }: IndexSpec,
): Promise<void> {
  const options: CreateIndexesOptions = {
    ...(unique && { unique }),
    ...(partial && { partialFilterExpression: partial }),
  };
  try {
    await collection.createIndex(fields, options);
  } catch (error) {
    if (!(error instanceof MongoServerError)) throw error;
    const what = `The index ${Object.keys(fields).join(", ")} of the collection ${collection.collectionName}`;
    if (CONFLICTS.includes(Number(error.code))) {
      throw new StoreUnusableError(
        `${what} exists with other properties. Drop it with dropIndex(${JSON.stringify(fields)}) and start again.`,
      );
    }
    if (error.code === DUPLICATE_KEY) {
      throw new StoreUnusableError(
        `${what} can't be made unique, because two documents have the same value. Remove one of them.`,
      );
    }
    throw error;
  }
}
