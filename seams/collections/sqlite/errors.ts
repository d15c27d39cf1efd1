import type { Layout } from "./layout.ts";

// SQLite's result codes, https://sqlite.org/rescode.html. Extended codes have further bits.
const PRIMARY_CODE = 0xff;
const CORRUPT = 11;
const CONSTRAINT = 19;
const NOT_A_DATABASE = 26;
/** Failures that pass by themselves, or that an operator repairs while the server runs. */
const NOT_NOW = new Set([
  5, // SQLITE_BUSY: another program writes to the file
  7, // SQLITE_NOMEM
  8, // SQLITE_READONLY
  10, // SQLITE_IOERR
  13, // SQLITE_FULL
  14, // SQLITE_CANTOPEN
  15, // SQLITE_PROTOCOL
]);

/** SQLite's result code of an error, or null when SQLite did not raise it. */
function codeOf(error: unknown): number | null {
  const { errcode } = error as { errcode?: unknown };
  return typeof errcode === "number" ? errcode & PRIMARY_CODE : null;
}

/** Whether a statement was refused for a value that is taken, so that the transaction goes on without it. */
export function isConstraint(error: unknown): boolean {
  return codeOf(error) === CONSTRAINT;
}

/** Whether the disk failed, or another program is in the way. */
export function isNotNow(error: unknown): boolean {
  const code = codeOf(error);
  return code !== null && NOT_NOW.has(code);
}

export function isDamage(error: unknown): boolean {
  const code = codeOf(error);
  return code === CORRUPT || code === NOT_A_DATABASE;
}

/** The remedy for a damaged file. */
export function damagedMessage(file: string, reason: string): string {
  return `${file} is damaged (${reason}). Stop the server and restore a backup: npm run restore -- FILE`;
}

/** Names the field whose value is taken: SQLite's message names the column, or the index if it is on expressions. */
export function takenField(message: string, { uniques, table }: Layout): string {
  const index = /index '(.*)'$/.exec(message)?.[1];
  if (index !== undefined) return uniques.get(index.replaceAll("''", "'")) ?? "_id";
  const name = table.slice(1, -1).replaceAll('""', '"');
  const first = message.slice(message.indexOf(": ") + 2).split(", ")[0]!;
  return first.startsWith(`${name}.`) ? first.slice(name.length + 1) : "_id";
}
