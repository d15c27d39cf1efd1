/** A value as SQLite keeps it in a column. */
export type Cell = string | number | Uint8Array | null;

/**
 * SQLite has no booleans. As blobs they sort after numbers and texts, as they do in MongoDB, and equal neither. The empty
 * blob is free to stand for a missing value.
 */
const FALSE = Uint8Array.of(0);
const TRUE = Uint8Array.of(1);

/** @throws TypeError when the value has no order: an object or an array */
export function cellOf(value: unknown, field: string): Cell {
  if (value === undefined || value === null) return null;
  if (typeof value === "string" || typeof value === "number") return value;
  if (typeof value === "boolean") return value ? TRUE : FALSE;
  const kind = Array.isArray(value) ? "an array, which needs an index with multikey" : "an object";
  throw new TypeError(`The indexed field ${field} can't contain ${kind}`);
}

/** The value that a column's cell stands for. */
export function valueOf(cell: Cell): unknown {
  return cell instanceof Uint8Array ? cell[0] === 1 : cell;
}

/** The value as SQL text, for the conditions of partial indexes. */
export function literalOf(value: unknown): string {
  if (typeof value === "boolean") return value ? "x'01'" : "x'00'";
  if (typeof value === "number") return String(value);
  if (typeof value === "string") return `'${value.replaceAll("'", "''")}'`;
  throw new TypeError(`A partial index can't depend on ${JSON.stringify(value)}`);
}

/** The bounds of a value's type in SQLite's order, as SQL: ranges stay within one type. */
export function boundsOf(value: Cell): { from: string; to: string } | null {
  if (typeof value === "number") return { from: "-9e999", to: "''" };
  if (typeof value === "string") return { from: "''", to: "x''" };
  return null;
}
