import type { Range } from "../../contract/actions.ts";

/** The part of a query that keeps `field` within the range; empty when the range is open on both sides. */
export function rangeQuery(field: string, { before, after }: Pick<Range, "before" | "after">): Record<string, unknown> {
  if (before === undefined && after === undefined) return {};
  return { [field]: { ...(before !== undefined && { $lt: before }), ...(after !== undefined && { $gt: after }) } };
}

/** Whether an id lies within the range. */
export function inRange(id: string, { before, after }: Pick<Range, "before" | "after">): boolean {
  return (before === undefined || id < before) && (after === undefined || id > after);
}

/**
 * The relative URL of the next older page.
 *
 * @param last the id that this page ended with; undefined when there is no older one
 */
export function nextPage(path: string, { limit, after }: Range, last: string | undefined): string | null {
  if (last === undefined) return null;
  return `${path}?limit=${limit}&before=${last}${after === undefined ? "" : `&after=${after}`}`;
}
