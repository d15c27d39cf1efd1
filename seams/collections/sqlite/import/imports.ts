import { statSync } from "node:fs";
import { join } from "node:path";
import { IMPORTED_FOLDER, oldFilesOf } from "./files.ts";
import type { ImportProgress } from "./import.ts";

/** A terminal shows the bar anew this often; a log gets a line this often. */
const REDRAW_MS = 100;
const LINE_MS = 5000;
// With the name of a collection, a line fits into 80 columns.
const BAR_LENGTH = 24;
/** As long as the longest name of a collection, so that a shorter one covers it. */
const NAME_LENGTH = 24;
const MB_BYTES = 1_000_000;

/** Where progress is shown: a terminal, or a log. */
export type Output = Pick<NodeJS.WriteStream, "isTTY" | "write">;

/**
 * Shows the progress of all imports of a start, as one bar over the bytes of all files. A log gets a bar only now and
 * then, and so none of a short import.
 */
export class Imports {
  readonly #folder: string;
  readonly #out: Output;
  /** The bytes of each expected file, by collection. */
  readonly #sizes = new Map<string, number>();
  readonly #left = new Set<string>();
  /** The bytes that were read of each file. */
  readonly #read = new Map<string, number>();
  #documents = 0;
  #shownAt: number | null = null;

  /** @param folder the data folder */
  constructor(folder: string, out: Output) {
    this.#folder = folder;
    this.#out = out;
  }

  /** Looks whether the collection has a file to import. */
  expect(collection: string): void {
    const { file, copy } = oldFilesOf(this.#folder, collection);
    const found = statSync(file, { throwIfNoEntry: false }) ?? statSync(copy, { throwIfNoEntry: false });
    if (!found) return;
    this.#sizes.set(collection, found.size);
    this.#left.add(collection);
  }

  show({ collection, bytes, documents }: ImportProgress): void {
    // A file that came after the start.
    if (!this.#sizes.has(collection)) return;
    this.#read.set(collection, bytes);
    if (documents !== null && this.#left.delete(collection)) this.#documents += documents;
    this.#draw(collection);
    if (this.#left.size === 0) this.#finish();
  }

  /** Ends the line of an unfinished bar, because an import has failed. */
  stop(): void {
    if (this.#out.isTTY && this.#shownAt !== null) this.#out.write("\n");
    this.#shownAt = null;
  }

  #draw(collection: string): void {
    const now = performance.now();
    const isFirst = this.#shownAt === null;
    this.#shownAt ??= now;
    if (this.#out.isTTY) {
      if (!isFirst && now - this.#shownAt < REDRAW_MS && this.#left.size > 0) return;
      this.#out.write(`${isFirst ? "" : "\r"}${this.#bar()}  ${collection.padEnd(NAME_LENGTH)}`);
    } else {
      if (now - this.#shownAt < LINE_MS) return;
      this.#out.write(`${this.#bar()}\n`);
    }
    this.#shownAt = now;
  }

  #bar(): string {
    const total = sum(this.#sizes);
    const share = total === 0 ? 1 : Math.min(1, sum(this.#read) / total);
    const filled = Math.round(share * BAR_LENGTH);
    const bar = "\u2588".repeat(filled) + "\u2591".repeat(BAR_LENGTH - filled);
    return `Importing ${bar} ${Math.floor(share * 100)}% of ${(total / MB_BYTES).toFixed(1)} MB`;
  }

  #finish(): void {
    this.stop();
    const where = join(this.#folder, IMPORTED_FOLDER);
    this.#out.write(
      `Imported ${counted(this.#documents, "document")} of ${counted(this.#sizes.size, "collection")} into SQLite. ` +
        `The old files are in ${where}\n`,
    );
  }
}

function sum(numbers: Map<string, number>): number {
  return [...numbers.values()].reduce((total, one) => total + one, 0);
}

function counted(count: number, thing: string): string {
  return `${count} ${thing}${count === 1 ? "" : "s"}`;
}
