import { chunksOf } from "../../lib/chunks.ts";
import type { Document, FindFilter } from "./collection.ts";

/** MongoDB merges what an index has for so many values of a list; for more it reads all and sorts in memory. */
const VALUES_LIMIT = 150;

/**
 * Finds documents by a long list of values, in the order of their ids, by several queries at once.
 *
 * @param find finds the documents of one query
 */
export async function findInParts<D extends Document>(
  filter: FindFilter,
  find: (part: FindFilter) => Promise<D[]>,
): Promise<D[]> {
  const { query = {}, sort = [], limit } = filter;
  const long = Object.entries(query).find(([field, wanted]) => field !== "_id" && listOf(wanted).length > VALUES_LIMIT);
  if (!long || !limit || sort.length !== 1 || !/^-?_id$/.test(sort[0]!)) return find(filter);
  const [field, wanted] = long;
  const parts = chunksOf([...new Set(listOf(wanted))], VALUES_LIMIT);
  const found = await Promise.all(
    parts.map((values) => find({ ...filter, query: { ...query, [field]: { $in: values } } })),
  );
  const sign = sort[0] === "_id" ? 1 : -1;
  return found
    .flat()
    .sort((a, b) => (a._id < b._id ? -sign : sign))
    .slice(0, limit);
}

/** The values of a condition that is a list and nothing else. */
function listOf(wanted: unknown): unknown[] {
  const { $in, ...others } = (wanted ?? {}) as { $in?: unknown };
  return Array.isArray($in) && Object.keys(others).length === 0 ? $in : [];
}
