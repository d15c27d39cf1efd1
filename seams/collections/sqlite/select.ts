import type { FindFilter } from "../collection.ts";
import { type Condition, conditionsOf, rangesOf } from "../matching.ts";
import { chooseIndex } from "./choose-index.ts";
import { boundsOf, type Cell, cellOf, literalOf } from "./cells.ts";
import { columnOf, type Layout } from "./layout.ts";
import { type Merge, mergeFor } from "./merge.ts";

/** A query as SQL, and what SQL leaves to do. */
export interface Selection {
  /** @returns the whole statement but its limit @param columns what follows `SELECT`; the row is `d` */
  sql: (columns: string) => string;
  parameters: Cell[];
  /** Conditions on fields without a column; each found document must be checked for these. */
  left: Condition[];
  /** The order, if it is on a field without a column; null when SQL does it. */
  order: string[] | null;
  /** Whether SQL may find a document more than once: several elements of its array may lie in the range. */
  repeats: boolean;
}

const SIGNS = { $lt: "<", $lte: "<=", $gt: ">", $gte: ">=" } as const;

/** Translates a query with its order. @throws TypeError when the query uses an unknown operator */
export function select(layout: Layout, { query = {}, sort = [], limit }: FindFilter): Selection {
  const conditions = conditionsOf(query);
  const merge = mergeFor(layout, conditions, sort, limit);
  return merge ? selectMerged(layout, merge, sort[0]!) : selectSorted(layout, conditions, sort);
}

/** One query for each value of a list, whose rows SQLite merges. */
function selectMerged(layout: Layout, { field, values, others, index }: Merge, sort: string): Selection {
  const common: Cell[] = [];
  const where = others.map((condition) => toSql(layout, condition, `d.${columnOf(condition.field)}`, common));
  const tail = ` FROM ${layout.table} AS d INDEXED BY ${index} WHERE ${[...where, `d.${columnOf(field)} = ?`].join(" AND ")}`;
  const order = `d.${columnOf(sort.replace(/^-/, ""))} AS "order"`;
  const places: (Cell | null)[] = padded(values, null);
  return {
    sql(columns) {
      const one = `SELECT ${columns}, ${order}${tail}`;
      return `${places.map(() => one).join(" UNION ALL ")} ORDER BY "order"${sort.startsWith("-") ? " DESC" : ""}`;
    },
    // Nothing equals null, so what fills up the list finds nothing.
    parameters: places.flatMap((value) => [...common, value]),
    left: [],
    order: null,
    repeats: false,
  };
}

function selectSorted(layout: Layout, conditions: readonly Condition[], sort: readonly string[]): Selection {
  // The tables of elements leave out null, because it also stands for a missing array.
  const member = conditions.find(
    ({ field, operator, operand }) =>
      layout.arrays.has(field) && ((operator === "$eq" && operand !== null) || operator === "$elemMatch"),
  );
  const ranges = member?.operator === "$elemMatch" ? rangesOf(member) : [];
  const source = member ? layout.arrays.get(member.field)! : null;
  const parameters: Cell[] = [];
  const where: string[] = [];
  const left: Condition[] = [];
  // The elements' table has its own copy of the id, and its index is in the order of these.
  const idColumn = source === null ? `d."_id"` : `e."_id"`;
  const nameOf = (field: string) => (field === "_id" ? idColumn : `d.${columnOf(field)}`);
  for (const condition of conditions) {
    if (condition === member && ranges.length > 0) {
      where.push(...ranges.map((range) => toSql(layout, range, `e."value"`, parameters)));
    } else if (condition === member) {
      where.push(`e."value" = ?`);
      parameters.push(cellOf(condition.operand, condition.field));
    } else if (isOnColumn(layout, condition)) {
      where.push(toSql(layout, condition, nameOf(condition.field), parameters));
    } else {
      left.push(condition);
    }
  }
  const fields = sort.map((field) => field.replace(/^-/, ""));
  const sorts = fields.every((field) => field === "_id" || layout.columns.includes(field));
  const order = sort.map((field, index) => `${nameOf(fields[index]!)}${field.startsWith("-") ? " DESC" : ""}`);
  // Without a wanted order, the index's own costs nothing, and is what MongoDB gives.
  if (ranges.length > 0 && sort.length === 0) order.push(`e."value"`, `e."_id"`);
  const index = source === null ? chooseIndex(layout, conditions, fields) : null;
  const hint = index === null ? "" : ` INDEXED BY ${index}`;
  const from =
    source === null
      ? `${layout.table} AS d${hint}`
      : `${source} AS e CROSS JOIN ${layout.table} AS d ON d."_id" = e."_id"`;
  const tail =
    (where.length > 0 ? ` WHERE ${where.join(" AND ")}` : "") +
    (sorts && order.length > 0 ? ` ORDER BY ${order.join(", ")}` : "");
  return {
    sql: (columns) => `SELECT ${columns} FROM ${from}${tail}`,
    parameters,
    left,
    order: sorts ? null : [...sort],
    repeats: ranges.length > 0,
  };
}

/** A column never holds an array, so a condition on an array's elements is left to JavaScript. */
function isOnColumn(layout: Layout, { field, operator }: Condition): boolean {
  return operator !== "$elemMatch" && (field === "_id" || layout.columns.includes(field));
}

/** Translates one condition on a column; appends the values to the parameters. */
function toSql(layout: Layout, condition: Condition, column: string, parameters: Cell[]): string {
  const { field, operator, operand } = condition;
  if (operator === "$in") return toList(operand as unknown[], field, column, parameters);
  const value = cellOf(operand, field);
  if (operator === "$eq") {
    if (value === null) return `${column} IS NULL`;
    // SQLite uses a partial index only for the same literal.
    if (layout.choices.some(({ partial }) => partial[field] === operand)) return `${column} = ${literalOf(operand)}`;
    parameters.push(value);
    return `${column} = ?`;
  }
  // As in MongoDB, null is neither less nor greater than null, but equal.
  if (value === null) return operator === "$lte" || operator === "$gte" ? `${column} IS NULL` : "FALSE";
  parameters.push(value);
  const bounds = boundsOf(value);
  const range = `${column} ${SIGNS[operator as keyof typeof SIGNS]} ?`;
  if (!bounds) return operator.startsWith("$l") ? `${range} AND ${column} > x''` : range;
  return operator.startsWith("$l")
    ? `${range} AND ${column} >= ${bounds.from}`
    : `${range} AND ${column} < ${bounds.to}`;
}

function toList(operands: unknown[], field: string, column: string, parameters: Cell[]): string {
  const cells = operands.map((operand) => cellOf(operand, field));
  const values = cells.filter((cell) => cell !== null);
  const missing = values.length < cells.length ? `${column} IS NULL` : null;
  if (values.length === 0) return missing ?? "FALSE";
  // Repeated values change nothing.
  const places = padded(values, values[0]!);
  parameters.push(...places);
  const list = `${column} IN (${places.map(() => "?").join()})`;
  return missing === null ? list : `(${list} OR ${missing})`;
}

/** Fills up a list to a power of two, so that lists of any length share a few statements. */
function padded<T>(values: readonly T[], filler: T): T[] {
  const places = 2 ** Math.ceil(Math.log2(values.length));
  return [...values, ...Array<T>(places - values.length).fill(filler)];
}
