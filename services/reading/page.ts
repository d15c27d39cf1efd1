import type { Page, Range } from "../../contract/records.ts";

/** The result of the first step: the places of a list's entries, and the place where the list goes on. */
export interface Skeleton<E> {
  /** In the order of the list. An entry's id is its place in the list. */
  entries: E[];
  /** The place below which the list goes on; null when no entries are left within the range. */
  next: string | null;
}

/** The four steps of every list (after Bluesky's `pipeline.ts`). The kind of a bug tells in which step to look. */
export interface Steps<E extends { id: string }, S extends Skeleton<E>, H, V> {
  /** Finds the entries of one part of the list, about `range.limit` of them. */
  skeleton(range: Range): Promise<S & Skeleton<E>>;
  /** Loads the tweets, users or notifications at these places, in their order; null for those that are gone. */
  hydrate(entries: E[]): Promise<(H | null)[]>;
  /** Whether an entry may be shown. */
  rules(hydrated: H, skeleton: S): boolean;
  /** Makes the entry as gateways get it. */
  present(hydrated: H, entry: E): V;
}

/**
 * Reads one page of a list. A page that is short, because some of its entries are gone or must not be shown, is
 * refilled until it is full or the list has ended.
 */
export async function readPage<E extends { id: string }, S extends Skeleton<E>, H, V>(
  range: Range,
  steps: Steps<E, S, H, V>,
): Promise<Page<V>> {
  const shown: { place: string; view: V }[] = [];
  let { before } = range;
  for (;;) {
    // One entry more than the page holds tells whether there is a next page.
    const skeleton = await steps.skeleton({ ...range, before, limit: range.limit + 1 - shown.length });
    const hydrated = await steps.hydrate(skeleton.entries);
    for (const [index, entry] of skeleton.entries.entries()) {
      const found = hydrated[index];
      if (found == null || !steps.rules(found, skeleton)) continue;
      shown.push({ place: entry.id, view: steps.present(found, entry) });
    }
    if (skeleton.next === null || shown.length > range.limit) break;
    before = skeleton.next;
  }
  const page = shown.slice(0, range.limit);
  return {
    items: page.map(({ view }) => view),
    next: shown.length > range.limit ? (page.at(-1)?.place ?? null) : null,
  };
}

/** The place from which a list goes on after this part; null when the part is not full. */
export function nextOf(entries: readonly { id: string }[], limit: number): string | null {
  return entries.length < limit ? null : (entries.at(-1)?.id ?? null);
}

/** The ends of a range. */
type Ends = Pick<Range, "before" | "after">;

/** The part of a query that keeps `field` within the range; empty when the range is open at both ends. */
export function rangeQuery(field: string, { before, after }: Ends): Record<string, unknown> {
  if (before === undefined && after === undefined) return {};
  return { [field]: { ...(before !== undefined && { $lt: before }), ...(after !== undefined && { $gt: after }) } };
}

/** Whether an id lies within the range. */
export function inRange(id: string, { before, after }: Ends): boolean {
  return (before === undefined || id < before) && (after === undefined || id > after);
}
