/** A name that is being written. The positions count UTF-16 units; the end is exclusive. */
export interface WrittenName {
  start: number;
  end: number;
  /** What stands before the caret, without the `@`. */
  typed: string;
}

/** Names of people are offered too, so letters of all scripts count. An address of mail is no name. */
const WRITTEN = /(?:^|[^\p{L}\p{M}\p{N}_@＠])[@＠]([\p{L}\p{M}\p{N}_]{0,50})$/u;

/** The name at the caret, from its `@` to the end of the word. */
export function nameAt(text: string, caret: number): WrittenName | null {
  const typed = WRITTEN.exec(text.slice(0, caret))?.[1];
  if (typed === undefined) return null;
  const [rest] = /^\w*/.exec(text.slice(caret))!;
  return { start: caret - typed.length - 1, end: caret + rest.length, typed };
}
