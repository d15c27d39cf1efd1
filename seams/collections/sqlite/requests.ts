import type { CollectionSpec, Query, Update } from "../collection.ts";

/** A request to the writer's thread. Documents travel as JSON text: cheaper than structured clones. */
export type Request =
  | { kind: "open"; spec: CollectionSpec }
  | { kind: "insert"; collection: string; json: string }
  | { kind: "insertMany"; collection: string; jsons: string[] }
  | { kind: "updateOne" | "updateMany"; collection: string; query: Query; update: Update }
  | { kind: "removeMany"; collection: string; query: Query };

/** The answer to one request: a number of documents, a document's text, null for none, or why it was refused. */
export type Answer = null | number | string | Refusal;

/** `taken` names the unique field whose value another document has. `down` means that the disk failed. */
export interface Refusal {
  kind: "taken" | "down" | "unusable" | "bug";
  message: string;
}

/** The data of the writer's thread. */
export interface WriterData {
  file: string;
  /** The collections that a thread before this one has opened. */
  specs: CollectionSpec[];
}

/** From the thread: the answers to the oldest unanswered requests, in the order of these. */
export type Answers = Answer[];
