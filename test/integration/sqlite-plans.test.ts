import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { startServer, type StartedServer } from "../../dev/start.ts";
import type { CollectionSpec } from "../../seams/collections/collection.ts";
import { openSqlite } from "../../seams/collections/sqlite/open.ts";
import type { QueryMessage } from "../../seams/collections/sqlite/reader.ts";
import { FOLLOWS } from "../../services/graph/follow-doc.ts";
import { MEDIA } from "../../services/media/media-doc.ts";
import { USES } from "../../services/media/uses.ts";
import { TWEETS } from "../../services/tweets/tweet-doc.ts";
import { SESSIONS } from "../../services/users/sessions.ts";
import { USERS } from "../../services/users/user-doc.ts";
import { closeAllLive, eventually, temporaryFolder } from "../helper.ts";
import { liveFully, strangers } from "../support/full-life.ts";

const RECORDER = new URL("../support/record-queries.ts", import.meta.url);

async function fill(folder: string, documents: Record<string, { _id: string }[]>): Promise<void> {
  const store = openSqlite(folder);
  const specs: CollectionSpec[] = [USERS, SESSIONS, FOLLOWS, TWEETS, MEDIA, USES];
  for (const spec of specs) {
    const collection = store.collection(spec);
    await collection.connect();
    await collection.insertMany(documents[spec.name]!);
  }
  await store.close();
}

/** The fault in how SQLite answers a query; null when there is none. */
function faultOf(db: DatabaseSync, { sql, parameters, left }: QueryMessage): string | null {
  const cells = parameters.map((value) => (typeof value === "object" ? null : value)) as (string | number | null)[];
  const limit = sql.includes("LIMIT ?") ? [10] : [];
  const steps = db.prepare(`EXPLAIN QUERY PLAN ${sql}`).all(...cells, ...limit) as { detail: string }[];
  const plan = steps.map(({ detail }) => detail).join("; ");
  // One `IN` over authors: SQLite reads each author's tweets in the order of the index, and stops early.
  const merges = sql.includes(" IN (");
  const searches = steps.filter(({ detail }) => detail.startsWith("SEARCH"));
  // Without conditions, the first documents in the order of an index, or all of a collection that stays small.
  const isOpen = !sql.includes(" WHERE ") && (sql.includes(" LIMIT ") || sql.includes('"big_authors"'));
  const isById = /"_id" (?:=|IN)/.test(sql);
  if (left && !isById) return "leaves conditions or the order to JavaScript";
  if (plan.includes("TEMP B-TREE") && !merges) return `sorts: ${plan}`;
  const scans = steps.filter(({ detail }) => /^SCAN (?!\(subquery)/.test(detail));
  if (scans.length > 0 && !isOpen) return `reads everything: ${plan}`;
  if (searches.some(({ detail }) => !detail.includes("INDEX") && !detail.includes("PRIMARY KEY"))) {
    return `uses no index: ${plan}`;
  }
  return leavesCondition(sql, plan) ? `reads more than it returns: ${plan}` : null;
}

/** Whether the index does not cover every condition. One document at most is read too much when its id is given. */
function leavesCondition(sql: string, plan: string): boolean {
  const used = new Set([...plan.matchAll(/\b(\w+)[=<>]/g)].map(([, field]) => field));
  if (/_id=\?/.test(plan)) return false;
  const where = /WHERE (.*?)(?: ORDER BY|$)/.exec(sql)?.[1] ?? "";
  const asked = [...where.matchAll(/"(\w+)" (?:=|<|>|IN|IS)/g)].map(([, field]) => field);
  return asked.some((field) => !used.has(field) && !plan.includes("where {"));
}

describe("every query on the embedded store", () => {
  let folder: string;
  let server: StartedServer;
  let names: string[];

  beforeAll(async () => {
    folder = await temporaryFolder();
    const { documents, ...others } = strangers();
    names = others.names;
    await fill(folder, documents);
    server = await startServer({
      DATA_DIR: folder,
      QUERIES_FILE: join(folder, "queries"),
      NODE_OPTIONS: `--import=${RECORDER.href}`,
      RATE_LIMIT_SCALE: "1000000",
      FANOUT_LIMIT: "1",
      MEDIA_SWEEP_EVERY: "1",
      MEDIA_UNUSED_TTL: "1",
    });
  }, 60_000);
  afterAll(async () => {
    await closeAllLive();
    await server?.stop();
  });

  it("finds its documents by an index, in the order of the index", async () => {
    await liveFully(server.url, names);
    const readQueries = async () =>
      (await readFile(join(folder, "queries"), "utf8"))
        .split("\n")
        .slice(0, -1)
        .map((line) => JSON.parse(line) as QueryMessage);
    // Wait for the queries that run on a schedule.
    const looks = [`"state" = 'going'`, `"used" = x'00'`, `"media_uses" AS d WHERE d."_id" >`, `"delivered" = x'00'`];
    await eventually(async () => {
      const all = (await readQueries()).map(({ sql }) => sql);
      expect(looks.filter((look) => !all.some((sql) => sql.includes(look)))).toEqual([]);
    }, 30_000);
    const found = await readQueries();
    const db = new DatabaseSync(join(folder, "starling.sqlite"), { readOnly: true });
    const faults = found.flatMap((query) => {
      const fault = faultOf(db, query);
      return fault === null ? [] : [`${query.sql}: ${fault}`];
    });
    db.close();
    expect([...new Set(faults)]).toEqual([]);
    const tables = new Set(found.map(({ sql }) => /FROM "(\w+)/.exec(sql)?.[1]));
    const wanted = ["users", "sessions", "login_places", "follows", "big_authors", "tweets", "media", "media_uses"];
    expect([...tables]).toEqual(expect.arrayContaining(wanted));
    // The writer's thread reports its own queries.
    expect(found.some(({ sql }) => sql.startsWith('SELECT d."_id" FROM "sessions"'))).toBe(true);
  }, 120_000);
});
