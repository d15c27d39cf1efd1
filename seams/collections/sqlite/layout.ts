import type { CollectionSpec, Document, IndexSpec } from "../collection.ts";
import { valueAt } from "../matching.ts";
import { type Cell, cellOf, literalOf } from "./cells.ts";

/**
 * How a collection lies in SQLite. Each document is a row of one table: its `_id`, its JSON text, and a column for each
 * field of an index. An index on an array is a table of its own, which has a row for each element.
 */
export interface Layout {
  /** The table, quoted. */
  table: string;
  /** The fields that have a column. */
  columns: string[];
  /** The fields that contain arrays, each with its table of elements, quoted. */
  arrays: Map<string, string>;
  /** The statement that inserts a document: its id, its text and the values of its columns. */
  insert: string;
  /** The indexes, by name, as the statements that create them. */
  indexes: Map<string, string>;
  /** The indexes that queries choose from. */
  choices: { name: string; fields: string[]; partial: Record<string, unknown> }[];
  /** The first field of each unique index, by the index's name. */
  uniques: Map<string, string>;
}

/** Quotes a name for SQL. */
function quote(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** The column of a field. */
export function columnOf(field: string): string {
  return quote(field);
}

export function layoutOf({ name, indexes }: CollectionSpec): Layout {
  const plain = indexes.filter(({ multikey }) => !multikey);
  const indexed = plain.flatMap(({ fields, partial }) => [...Object.keys(fields), ...Object.keys(partial ?? {})]);
  const columns = [...new Set(indexed)].filter((field) => field !== "_id");
  const arrays = new Map<string, string>();
  for (const { fields, multikey } of indexes) {
    const field = Object.keys(fields)[0]!;
    if (multikey) arrays.set(field, quote(`${name}.${field}`));
  }
  const filled = ["_id", "_doc", ...columns].map(columnOf);
  const layout: Layout = {
    table: quote(name),
    columns,
    arrays,
    insert: `INSERT INTO ${quote(name)} (${filled.join()}) VALUES (${filled.map(() => "?").join()})`,
    indexes: new Map(),
    choices: [],
    uniques: new Map(),
  };
  for (const index of plain) addIndex(layout, name, index);
  return layout;
}

function addIndex(layout: Layout, collection: string, { fields, unique = false, partial }: IndexSpec): void {
  const names = Object.keys(fields);
  const parts = Object.entries(fields).map(([field, order]) => (order < 0 ? `-${field}` : field));
  const where = partial ? ` where ${JSON.stringify(partial)}` : "";
  const name = `${collection}(${parts.join()})${where}`;
  const columns = Object.entries(fields).map(([field, order]) => `${columnOf(field)}${order < 0 ? " DESC" : ""}`);
  const conditions = Object.entries(partial ?? {}).map(([field, value]) => `${columnOf(field)} = ${literalOf(value)}`);
  const create = (called: string, on: string[], where: string[]) => {
    const statement = `CREATE ${unique ? "UNIQUE " : ""}INDEX ${quote(called)} ON ${layout.table}(${on.join(", ")})`;
    layout.indexes.set(called, where.length > 0 ? `${statement} WHERE ${where.join(" AND ")}` : statement);
    if (unique) layout.uniques.set(called, names[0]!);
  };
  create(name, columns, conditions);
  layout.choices.push({ name: quote(name), fields: names, partial: partial ?? {} });
  if (!unique) return;
  // SQLite takes each null for another value. In MongoDB a unique index holds a missing field once, like any value.
  const missing = names.map((field) => `${columnOf(field)} IS NULL`).join(" OR ");
  const filled = names.map((field) => `ifnull(${columnOf(field)}, x'')`);
  create(`${name} missing`, filled, [...conditions, names.length > 1 ? `(${missing})` : missing]);
}

/** The values of a document's columns. @throws TypeError when an indexed field contains an object or an array */
export function cellsOf({ columns }: Layout, doc: Document): Cell[] {
  return columns.map((field) => cellOf(valueAt(doc, field), field));
}

/** The different elements of a document's array, without null. A value that is no array counts as its only element. */
export function elementsOf(doc: Document, field: string): Cell[] {
  const value = valueAt(doc, field);
  const elements = Array.isArray(value) ? (value as unknown[]) : [value];
  return [...new Set(elements)].map((element) => cellOf(element, field)).filter((cell) => cell !== null);
}
