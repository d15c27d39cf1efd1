import type { DatabaseSync } from "node:sqlite";
import type { Document } from "../collection.ts";
import { cellsOf, columnOf, elementsOf, type Layout } from "./layout.ts";

/**
 * Makes the tables of a collection fit its layout, in one transaction: a new index gets its column, filled from the
 * documents, and what no index needs any more goes. Costs nothing when the layout has not changed.
 *
 * @param fill fills the collection's table, which must be empty so far; the indexes are made afterwards
 */
export function fitSchema(db: DatabaseSync, layout: Layout, fill: (() => void) | null = null): void {
  db.exec("BEGIN IMMEDIATE");
  try {
    if (fill) dropTables(db, layout);
    db.exec(
      `CREATE TABLE IF NOT EXISTS ${layout.table} ("_id" TEXT PRIMARY KEY NOT NULL, "_doc" TEXT NOT NULL) STRICT`,
    );
    dropIndexes(db, layout);
    fitColumns(db, layout);
    fill?.();
    fitArrays(db, layout);
    createIndexes(db, layout);
    db.exec("COMMIT");
  } catch (error) {
    if (db.isTransaction) db.exec("ROLLBACK");
    throw error;
  }
}

/** The statements of the collection's indexes as they are, by name. */
function indexesOf(db: DatabaseSync, { table }: Layout): Map<string, string> {
  const found = db
    .prepare(`SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND tbl_name = ? AND sql IS NOT NULL`)
    .all(nameOf(table)) as { name: string; sql: string }[];
  return new Map(found.map(({ name, sql }) => [name, sql]));
}

function dropIndexes(db: DatabaseSync, layout: Layout): void {
  for (const [name, sql] of indexesOf(db, layout)) {
    if (layout.indexes.get(name) !== sql) db.exec(`DROP INDEX ${columnOf(name)}`);
  }
}

function createIndexes(db: DatabaseSync, layout: Layout): void {
  const found = indexesOf(db, layout);
  for (const [name, sql] of layout.indexes) if (!found.has(name)) db.exec(sql);
}

function fitColumns(db: DatabaseSync, layout: Layout): void {
  const { table, columns } = layout;
  const found = (db.prepare(`PRAGMA table_info(${table})`).all() as { name: string }[]).map(({ name }) => name);
  for (const name of found) {
    // A column that no index needs would miss later changes.
    if (name !== "_id" && name !== "_doc" && !columns.includes(name)) {
      db.exec(`ALTER TABLE ${table} DROP COLUMN ${columnOf(name)}`);
    }
  }
  const missing = columns.filter((name) => !found.includes(name));
  for (const name of missing) db.exec(`ALTER TABLE ${table} ADD COLUMN ${columnOf(name)} ANY`);
  if (missing.length === 0) return;
  const fill = db.prepare(
    `UPDATE ${table} SET ${columns.map((name) => `${columnOf(name)} = ?`).join()} WHERE rowid = ?`,
  );
  forEachRow(db, layout, (doc, row) => fill.run(...cellsOf(layout, doc), row));
}

/** The tables of elements as they are. */
function elementTables(db: DatabaseSync, { table }: Layout): string[] {
  const tables = db.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").all() as { name: string }[];
  return tables.map(({ name }) => name).filter((name) => name.startsWith(`${nameOf(table)}.`));
}

function dropTables(db: DatabaseSync, layout: Layout): void {
  for (const name of [nameOf(layout.table), ...elementTables(db, layout)]) {
    db.exec(`DROP TABLE IF EXISTS ${columnOf(name)}`);
  }
}

function fitArrays(db: DatabaseSync, layout: Layout): void {
  const found = elementTables(db, layout);
  const wanted = [...layout.arrays.values()].map(nameOf);
  for (const name of found) if (!wanted.includes(name)) db.exec(`DROP TABLE ${columnOf(name)}`);
  for (const [field, table] of layout.arrays) {
    if (found.includes(nameOf(table))) continue;
    db.exec(
      `CREATE TABLE ${table} ("value" ANY NOT NULL, "_id" TEXT NOT NULL, PRIMARY KEY ("value", "_id")) STRICT, WITHOUT ROWID`,
    );
    const add = db.prepare(`INSERT INTO ${table} ("value", "_id") VALUES (?, ?)`);
    forEachRow(db, layout, (doc) => {
      for (const value of elementsOf(doc, field)) add.run(value, doc._id);
    });
  }
}

/** Visits all documents. Reads by row number, so that the visits may change the row. */
function forEachRow(db: DatabaseSync, { table }: Layout, visit: (doc: Document, row: number) => void): void {
  const next = db.prepare(
    `SELECT rowid AS row, "_doc" AS json FROM ${table} WHERE rowid > ? ORDER BY rowid LIMIT 1000`,
  );
  let after = 0;
  for (;;) {
    const rows = next.all(after) as { row: number; json: string }[];
    for (const { row, json } of rows) visit(JSON.parse(json) as Document, row);
    if (rows.length === 0) return;
    after = rows.at(-1)!.row;
  }
}

/** The name within its quotes. */
export function nameOf(quoted: string): string {
  return quoted.slice(1, -1).replaceAll('""', '"');
}
