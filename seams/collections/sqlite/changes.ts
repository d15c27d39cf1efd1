import type { DatabaseSync } from "node:sqlite";
import type { Document, Query, Update } from "../collection.ts";
import { applyUpdate } from "../updating.ts";
import type { Cell } from "./cells.ts";
import { cellsOf, columnOf, elementsOf, type Layout } from "./layout.ts";
import { Reader } from "./reader.ts";

/** Reads this many documents at a time, so that memory stays bounded however many match. */
const CHUNK = 1000;

/** Writes the documents of collections, within the transaction of whoever calls. All methods are synchronous. */
export class Changes {
  readonly #reader: Reader;

  constructor(db: DatabaseSync) {
    this.#reader = new Reader(db);
  }

  /** @param json the document's text. @throws SQLite's error when a unique value is taken */
  insert(layout: Layout, json: string, doc = JSON.parse(json) as Document): void {
    const cells = cellsOf(layout, doc);
    const elements = this.#elementsOf(layout, doc);
    this.#run(layout.insert, doc._id, json, ...cells);
    for (const [array, values] of elements) this.#addElements(array, doc._id, values);
  }

  /** @returns the changed document's text, or null when none matches */
  updateOne(layout: Layout, query: Query, update: Update): string | null {
    const [doc] = this.#reader.find(layout, { query, limit: 1 });
    return doc ? this.#update(layout, doc, update) : null;
  }

  /** @returns the number of matching documents */
  updateMany(layout: Layout, query: Query, update: Update): number {
    return this.#forEach(layout, query, (doc) => this.#update(layout, doc, update));
  }

  /** @returns the number of removed documents */
  removeMany(layout: Layout, query: Query): number {
    return this.#forEach(layout, query, (doc) => this.#remove(layout, doc));
  }

  /** Visits each matching document once, however it is changed. @returns their number */
  #forEach(layout: Layout, query: Query, visit: (doc: Document) => void): number {
    const ids = this.#reader.ids(layout, query);
    for (let at = 0; at < ids.length; at += CHUNK) {
      const chunk = ids.slice(at, at + CHUNK);
      for (const doc of this.#reader.find(layout, { query: { _id: { $in: chunk } } })) visit(doc);
    }
    return ids.length;
  }

  #update(layout: Layout, doc: Document, update: Update): string {
    const { table, columns } = layout;
    const id = doc._id;
    const cells = cellsOf(layout, doc);
    const elements = this.#elementsOf(layout, doc);
    applyUpdate(doc, update);
    const json = JSON.stringify(doc);
    const newCells = cellsOf(layout, doc);
    const newElements = this.#elementsOf(layout, doc);
    // SQLite touches only the indexes of the columns that are named.
    const changed = columns.map((_, index) => index).filter((index) => !isSame(cells[index]!, newCells[index]!));
    const sets = ["_doc", ...changed.map((index) => columns[index]!)].map((field) => `${columnOf(field)} = ?`);
    this.#run(`UPDATE ${table} SET ${sets.join()} WHERE "_id" = ?`, json, ...changed.map((at) => newCells[at]!), id);
    for (const [index, [array, values]] of newElements.entries()) {
      const old = elements[index]![1];
      if (old.length === values.length && old.every((value, at) => isSame(value, values[at]!))) continue;
      this.#dropElements(array, id, old);
      this.#addElements(array, id, values);
    }
    return json;
  }

  #remove(layout: Layout, doc: Document): void {
    this.#run(`DELETE FROM ${layout.table} WHERE "_id" = ?`, doc._id);
    for (const [array, values] of this.#elementsOf(layout, doc)) this.#dropElements(array, doc._id, values);
  }

  /** The elements of a document's arrays, each with its table. */
  #elementsOf({ arrays }: Layout, doc: Document): [string, Cell[]][] {
    return [...arrays].map(([field, table]) => [table, elementsOf(doc, field)]);
  }

  #addElements(table: string, id: string, values: Cell[]): void {
    for (const value of values) this.#run(`INSERT INTO ${table} ("value", "_id") VALUES (?, ?)`, value, id);
  }

  #dropElements(table: string, id: string, values: Cell[]): void {
    for (const value of values) this.#run(`DELETE FROM ${table} WHERE "value" = ? AND "_id" = ?`, value, id);
  }

  #run(sql: string, ...parameters: Cell[]): void {
    this.#reader.prepare(sql).run(...parameters);
  }
}

function isSame(a: Cell, b: Cell): boolean {
  return a === b || (a instanceof Uint8Array && b instanceof Uint8Array && a[0] === b[0]);
}
