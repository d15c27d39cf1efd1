import type { FindFilter, Query } from "../collection.ts";
import { type Condition, conditionsOf } from "../matching.ts";
import { chooseIndex } from "./choose-index.ts";
import { boundsOf, type Cell, cellOf, literalOf } from "./cells.ts";
import { columnOf, type Layout } from "./layout.ts";

/** A query as SQL, and what SQL leaves to do. */
export interface Selection {
  /** The tables, the conditions and the order: everything after `SELECT …`. */
  tail: string;
  parameters: Cell[];
  /** Conditions on fields without a column; each found document must be checked for these. */
  left: Condition[];
  /** The order, if it is on a field without a column; null when SQL does it. */
  order: string[] | null;
}

const SIGNS = { $lt: "<", $lte: "<=", $gt: ">", $gte: ">=" } as const;

/** Translates a query. @param sort as in {@link FindFilter} @throws TypeError when the query uses an unknown operator */
export function select(layout: Layout, query: Query, sort: FindFilter["sort"] = []): Selection {
  const conditions = conditionsOf(query);
  // The tables of elements leave out null, because it also stands for a missing array.
  const member = conditions.find(
    ({ field, operator, operand }) => layout.arrays.has(field) && operator === "$eq" && operand !== null,
  );
  const source = member ? layout.arrays.get(member.field)! : null;
  const parameters: Cell[] = [];
  const where: string[] = [];
  const left: Condition[] = [];
  // The elements' table has its own copy of the id, and its index is in the order of these.
  const idColumn = source === null ? `d."_id"` : `e."_id"`;
  const nameOf = (field: string) => (field === "_id" ? idColumn : `d.${columnOf(field)}`);
  for (const condition of conditions) {
    if (condition === member) {
      where.push(`e."value" = ?`);
      parameters.push(cellOf(condition.operand, condition.field));
    } else if (condition.field === "_id" || layout.columns.includes(condition.field)) {
      where.push(toSql(layout, condition, nameOf(condition.field), parameters));
    } else {
      left.push(condition);
    }
  }
  const fields = sort.map((field) => field.replace(/^-/, ""));
  const sorts = fields.every((field) => field === "_id" || layout.columns.includes(field));
  const order = sort.map((field, index) => `${nameOf(fields[index]!)}${field.startsWith("-") ? " DESC" : ""}`);
  const index = source === null ? chooseIndex(layout, conditions, fields) : null;
  const hint = index === null ? "" : ` INDEXED BY ${index}`;
  const from =
    source === null
      ? `${layout.table} AS d${hint}`
      : `${source} AS e CROSS JOIN ${layout.table} AS d ON d."_id" = e."_id"`;
  return {
    tail:
      `FROM ${from}` +
      (where.length > 0 ? ` WHERE ${where.join(" AND ")}` : "") +
      (sorts && order.length > 0 ? ` ORDER BY ${order.join(", ")}` : ""),
    parameters,
    left,
    order: sorts ? null : sort,
  };
}

/** Translates one condition on a column; appends the values to the parameters. */
function toSql(layout: Layout, { field, operator, operand }: Condition, column: string, parameters: Cell[]): string {
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
  const range = `${column} ${SIGNS[operator]} ?`;
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
  // A power of two, so that lists of any length share a few statements; repeated values change nothing.
  const places = 2 ** Math.ceil(Math.log2(values.length));
  while (values.length < places) values.push(values[0]!);
  parameters.push(...values);
  const list = `${column} IN (${Array(places).fill("?").join()})`;
  return missing === null ? list : `(${list} OR ${missing})`;
}
