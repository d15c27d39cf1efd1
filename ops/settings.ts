import { statSync } from "node:fs";
import { resolve } from "node:path";
import { type Config, loadConfig } from "../config/config.ts";
import { OperatorError } from "./operator-error.ts";

/**
 * The settings of a server with embedded data.
 *
 * @throws ConfigError; OperatorError when the server's data are not in a folder, or the folder belongs to another user
 */
export function embeddedSettings(): Pick<Config, "dataDir" | "mediaUrl"> {
  const { dataDir, mediaUrl, mongoUrl } = loadConfig(process.env);
  if (mongoUrl !== undefined) {
    throw new OperatorError(
      "MONGO_URL is set, so the data are in MongoDB and not in a folder: use mongodump --oplog and mongorestore.",
    );
  }
  const owner = statSync(dataDir, { throwIfNoEntry: false })?.uid ?? 0;
  // The server could neither read files that root makes, nor remove them.
  if (process.getuid?.() === 0 && owner !== 0) {
    throw new OperatorError(
      `${dataDir} belongs to the user ${owner}. Run the command as that user: sudo -u '#${owner}' …`,
    );
  }
  return { dataDir, mediaUrl };
}

/** The path that the operator means: npm runs commands in another folder than the one they are given in. */
export function pathOf(file: string): string {
  return resolve(process.env["INIT_CWD"] ?? process.cwd(), file);
}

/** Explains an error of the system, such as a full disk, in words for an operator; others stay unchanged. */
export function explain(error: unknown): unknown {
  const { code, errcode, message } = error as { code?: string; errcode?: number; message: string };
  // SQLITE_FULL of https://sqlite.org/rescode.html
  if (code === "ENOSPC" || errcode === 13) return new OperatorError(`The disk is full: ${message}`);
  // Other result codes of SQLite, and error codes of the system such as EACCES.
  const isSystems = errcode !== undefined || /^E[A-Z0-9]+$/.test(code ?? "");
  return isSystems ? new OperatorError(`It failed: ${message}`) : error;
}
