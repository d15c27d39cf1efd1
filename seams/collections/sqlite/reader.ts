import { channel } from "node:diagnostics_channel";
import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { Document, FindFilter, Query } from "../collection.ts";
import { compareValues, matches, valueAt } from "../matching.ts";
import { pickFields } from "../pick-fields.ts";
import { type Cell, valueOf } from "./cells.ts";
import { columnOf, type Layout } from "./layout.ts";
import { select } from "./select.ts";

/** Tells whoever listens how each query was answered, for tests that watch the use of indexes. */
const queries = channel("starling:sqlite:query");

/** A message about a query. */
export interface QueryMessage {
  sql: string;
  parameters: unknown[];
  /** Whether SQLite left the order, or conditions, to JavaScript. */
  left: boolean;
}

/** Statements that a connection keeps prepared: more than the services have kinds of queries. */
const STATEMENTS_LIMIT = 500;

/** Reads the documents of collections over one connection. All methods are synchronous. */
export class Reader {
  readonly #db: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();

  constructor(db: DatabaseSync) {
    this.#db = db;
  }

  /** @returns a prepared statement whose rows are arrays */
  prepare(sql: string): StatementSync {
    const known = this.#statements.get(sql);
    if (known) return known;
    if (this.#statements.size >= STATEMENTS_LIMIT) this.#statements.clear();
    const statement = this.#db.prepare(sql);
    statement.setReturnArrays(true);
    this.#statements.set(sql, statement);
    return statement;
  }

  find<T extends Document>(layout: Layout, filter: FindFilter): T[] {
    const { limit } = filter;
    const { sql: sqlOf, parameters, left, order, repeats } = select(layout, filter);
    const isOrdered = left.length === 0 && order === null;
    const isComplete = isOrdered && !repeats;
    const sql = `${sqlOf(`d."_doc", d."_id"`)}${isComplete && limit ? " LIMIT ?" : ""}`;
    if (queries.hasSubscribers) queries.publish({ sql, parameters, left: !isOrdered } satisfies QueryMessage);
    const statement = this.prepare(sql);
    if (isComplete) {
      const rows = statement.all(...parameters, ...(limit ? [limit] : [])) as unknown as [string][];
      return rows.map(([json]) => JSON.parse(json) as T);
    }
    const seen = new Set<string>();
    const found: T[] = [];
    for (const [json, id] of statement.iterate(...parameters) as Iterable<unknown> as Iterable<[string, string]>) {
      if (seen.has(id)) continue;
      if (repeats) seen.add(id);
      const doc = JSON.parse(json) as T;
      if (!matches(doc, left)) continue;
      found.push(doc);
      if (order === null && found.length === limit) break;
    }
    if (order !== null) found.sort((a, b) => compareDocs(a, b, order));
    return limit ? found.slice(0, limit) : found;
  }

  /** Reads an index alone, if it has all the fields. See {@link Collection.findFields}. */
  findFields<T extends Document, F extends keyof T & string>(
    layout: Layout,
    filter: FindFilter,
    fields: readonly F[],
  ): Pick<T, F | "_id">[] {
    const { limit } = filter;
    const { sql: sqlOf, parameters, left, order, repeats } = select(layout, filter);
    const isInColumns = fields.every((field) => field === "_id" || layout.columns.includes(field));
    if (!isInColumns || left.length > 0 || order !== null || repeats) {
      return this.find<T>(layout, filter).map((doc) => pickFields(doc, fields));
    }
    const columns = ["_id", ...fields].map((field) => `d.${columnOf(field)}`);
    const sql = `${sqlOf(columns.join())}${limit ? " LIMIT ?" : ""}`;
    if (queries.hasSubscribers) queries.publish({ sql, parameters, left: false } satisfies QueryMessage);
    const rows = this.prepare(sql).all(...parameters, ...(limit ? [limit] : [])) as unknown as Cell[][];
    return rows.map((cells) => {
      const doc: Record<string, unknown> = { _id: cells[0] };
      for (const [at, field] of fields.entries()) {
        const cell = cells[at + 1]!;
        if (cell !== null) doc[field] = valueOf(cell);
      }
      return doc as Pick<T, F | "_id">;
    });
  }

  /** @returns the ids of all matching documents */
  ids(layout: Layout, query: Query): string[] {
    return this.findFields(layout, { query }, []).map(({ _id }) => _id);
  }

  count(layout: Layout, query: Query, limit: number | undefined): number {
    const { sql: sqlOf, parameters, left, repeats } = select(layout, { query });
    if (left.length > 0 || repeats) return this.find(layout, { query, ...(limit && { limit }) }).length;
    const sql = limit ? `SELECT count(*) FROM (${sqlOf("1")} LIMIT ?)` : sqlOf("count(*)");
    if (queries.hasSubscribers) queries.publish({ sql, parameters, left: false } satisfies QueryMessage);
    const [count] = this.prepare(sql).get(...parameters, ...(limit ? [limit] : [])) as unknown as [number];
    return count;
  }
}

function compareDocs(a: object, b: object, order: readonly string[]): number {
  for (const field of order) {
    const name = field.replace(/^-/, "");
    const difference = compareValues(valueAt(a, name), valueAt(b, name));
    if (difference !== 0) return field.startsWith("-") ? -difference : difference;
  }
  return 0;
}
