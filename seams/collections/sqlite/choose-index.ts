import type { Condition } from "../matching.ts";
import type { Layout } from "./layout.ts";

/** What an index is worth for a query, per condition that it answers, or for the order. */
const EQUALITY = 2;
const RANGE = 1;
const ORDER = 1;

/**
 * Chooses the index for a query. SQLite would guess by statistics, which it gathers only on demand, and so read all
 * followers of an author to find the few that it could have found at once.
 *
 * @param sort the fields of the order, without signs
 * @returns the index's name, quoted; null when SQLite can take the primary key, or no index helps
 */
export function chooseIndex(layout: Layout, conditions: readonly Condition[], sort: readonly string[]): string | null {
  const equal = new Map<string, Condition>();
  const ranges = new Set<string>();
  for (const condition of conditions) {
    const { field, operator, operand } = condition;
    if (isNeverTrue(condition)) return null;
    if (operator === "$eq" || operator === "$in") equal.set(field, condition);
    else if (operand !== null) ranges.add(field);
  }
  if (equal.has("_id")) return null;
  let best: string | null = null;
  // The primary key answers ranges of ids, and gives their order.
  let most = worthOf(["_id"], {});
  for (const { name, fields, partial } of layout.choices) {
    const worth = worthOf(fields, partial);
    if (worth > most) [best, most] = [name, worth];
  }
  return best;

  function worthOf(fields: readonly string[], partial: Record<string, unknown>): number {
    const given = Object.entries(partial);
    if (!given.every(([field, value]) => isEqualTo(equal.get(field), value))) return 0;
    const prefix = fields.findIndex((field) => !equal.has(field));
    const answered = prefix === -1 ? fields.length : prefix;
    const fixed = new Set([...fields.slice(0, answered), ...given.map(([field]) => field)]);
    const next = fields[answered];
    const isRange = next !== undefined && ranges.has(next);
    const isOrder = next !== undefined && sort[0] === next;
    return fixed.size * EQUALITY + (isRange ? RANGE : 0) + (isOrder ? ORDER : 0);
  }
}

/** SQL that is never true, or true for null only, has no use for an index. */
function isNeverTrue({ operator, operand }: Condition): boolean {
  if (operator === "$in")
    return (
      (operand as unknown[]).length === 0 || (operand as unknown[]).some((one) => one === null || one === undefined)
    );
  return operator !== "$eq" && (operand === null || operand === undefined);
}

function isEqualTo(condition: Condition | undefined, value: unknown): boolean {
  return condition?.operator === "$eq" && condition.operand === value;
}
