import { isUtf8 } from "node:buffer";
import { closeSync, openSync, readSync } from "node:fs";
import type { Document } from "../../collection.ts";

/** Files are read in pieces of this length, so that memory stays bounded however long a file is. */
const CHUNK_BYTES = 1024 * 1024;
/** Far more than any document has. Without a limit, a file without line ends would fill the memory. */
const LINE_LIMIT_BYTES = 16 * 1024 * 1024;
const LINE_END = 10;

/** What a line of NeDB's file says: this document is new or replaces an older one, or the document is removed. */
export type Entry = { id: string; json: string; doc: Document } | { id: string; json: null };

/** A line is damaged; the message says which one, and how. */
export class DamagedLineError extends Error {
  override name = "DamagedLineError";
}

/** Yields the pieces of a file. Each is valid until the next one is asked for. @throws errors of the file system */
export function* chunksOf(file: string): Generator<Buffer> {
  const descriptor = openSync(file, "r");
  const buffer = Buffer.allocUnsafe(CHUNK_BYTES);
  try {
    for (;;) {
      const bytes = readSync(descriptor, buffer);
      if (bytes === 0) return;
      yield buffer.subarray(0, bytes);
    }
  } finally {
    closeSync(descriptor);
  }
}

/**
 * Reads the entries of NeDB's file, in the order of the file. A last line without a line end is left out: the process
 * died while writing it, so it was never acknowledged.
 *
 * @param take throws TypeError for a document that the collection can't contain
 * @throws DamagedLineError
 */
export function readEntries(chunks: Iterable<Buffer>, take: (entry: Entry) => void): void {
  let line = 1;
  try {
    for (const bytes of linesOf(chunks)) {
      const entry = bytes.length > 0 ? entryOf(bytes) : null;
      if (entry) take(entry);
      line += 1;
    }
  } catch (error) {
    if (!(error instanceof DamagedLineError || error instanceof TypeError)) throw error;
    throw new DamagedLineError(`line ${line}: ${error.message}`);
  }
}

/** Yields the lines, without their ends. Only "\n" ends a line: texts may contain other line separators. */
function* linesOf(chunks: Iterable<Buffer>): Generator<Buffer> {
  let begun: Buffer = Buffer.alloc(0);
  for (const chunk of chunks) {
    let start = 0;
    for (let end = chunk.indexOf(LINE_END); end !== -1; end = chunk.indexOf(LINE_END, start)) {
      const rest = chunk.subarray(start, end);
      yield begun.length > 0 ? Buffer.concat([begun, rest]) : rest;
      begun = Buffer.alloc(0);
      start = end + 1;
    }
    begun = Buffer.concat([begun, chunk.subarray(start)]);
    if (begun.length > LINE_LIMIT_BYTES) throw new DamagedLineError("longer than any document");
  }
}

/** @returns null for a line about an index, because indexes come from the collection's spec */
function entryOf(bytes: Buffer): Entry | null {
  // A broken disk would otherwise go unnoticed within texts.
  if (!isUtf8(bytes)) throw new DamagedLineError("not valid UTF-8");
  const text = bytes.toString();
  const value = parse(text);
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new DamagedLineError("not a document");
  }
  if ("$$indexCreated" in value || "$$indexRemoved" in value) return null;
  const { _id: id, $$deleted: removed } = value as { _id?: unknown; $$deleted?: unknown };
  if (typeof id !== "string" || id === "") throw new DamagedLineError("a document without an id");
  if (removed === true) return { id, json: null };
  return text.includes('"$$date"') ? withDates(id, text) : { id, json: text, doc: value as Document };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Without the parser's message, which repeats a part of the text.
    throw new DamagedLineError("not JSON");
  }
}

/** NeDB marked dates. The store keeps them as JSON does. */
function withDates(id: string, text: string): Entry {
  const json = JSON.stringify(JSON.parse(text, (_, value: unknown) => dateOf(value) ?? value));
  return { id, json, doc: JSON.parse(json) as Document };
}

function dateOf(value: unknown): Date | null {
  if (typeof value !== "object" || value === null) return null;
  const { $$date: at } = value as { $$date?: unknown };
  return typeof at === "number" ? new Date(at) : null;
}
