import type { Condition } from "../matching.ts";
import { cellOf } from "./cells.ts";
import { chooseIndex } from "./choose-index.ts";
import type { Layout } from "./layout.ts";

/**
 * From so many wanted documents per value on, merging is faster: for few, SQLite looks at one value after the other, and
 * stops at the first document that others are ahead of.
 */
const WANTED_PER_VALUE = 8;
/** SQLite merges at most 500 queries, and takes the longer to prepare for them the more they are. */
const VALUES_LIMIT = 128;

/** A query for the documents that have one of several values in a field, as one query for each value. */
export interface Merge {
  field: string;
  /** The different values. */
  values: string[];
  /** The other conditions. */
  others: Condition[];
  /** The index that has each value's documents in the wanted order, quoted. */
  index: string;
}

/**
 * Finds out whether a query should be answered by merging what an index has in order, value by value. That reads what is
 * wanted and no more, where sorting reads each value's documents up to the limit.
 *
 * @param sort as in FindFilter
 * @returns null if it should not, or can't be
 */
export function mergeFor(
  layout: Layout,
  conditions: readonly Condition[],
  sort: readonly string[],
  limit: number | undefined,
): Merge | null {
  const lists = conditions.filter(({ operator }) => operator === "$in");
  const [list] = lists;
  if (lists.length !== 1 || sort.length !== 1 || !limit) return null;
  const others = conditions.filter((condition) => condition !== list);
  if (!others.every(({ field }) => field === "_id" || layout.columns.includes(field))) return null;
  const cells = [...new Set(list!.operand as unknown[])].map((value) => cellOf(value, list!.field));
  const values = cells.filter((cell) => typeof cell === "string");
  const isFew = values.length > 1 && values.length <= VALUES_LIMIT && values.length * WANTED_PER_VALUE <= limit;
  if (!isFew || values.length < cells.length) return null;
  const field = sort[0]!.replace(/^-/, "");
  const index = chooseIndex(layout, conditions, [field]);
  const [first, second] = layout.choices.find(({ name }) => name === index)?.fields ?? [];
  return first === list!.field && second === field ? { field: first, values, others, index: index! } : null;
}
