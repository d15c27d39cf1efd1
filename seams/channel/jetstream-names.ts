import type { JobName } from "../../contract/events.ts";

/** The stream of all dead letters. */
export const DEAD_STREAM = "starling-dead";

/** A message as stored in the stream of its job. */
export interface Envelope {
  id: string;
  payload: unknown;
  /** The id of the request that caused the job. */
  requestId?: string | undefined;
  /** Set on a resent dead letter, which all other groups ignore. */
  group?: string;
}

/** The stream of a job. Names of streams can't contain dots. */
export function streamOf(job: JobName): string {
  return `starling-${job.replaceAll(".", "-")}`;
}

export function subjectOf(job: JobName): string {
  return `starling.job.${job}`;
}

/** Encodes the id, since ids may contain characters that subjects can't. */
export function deadSubject(id: string): string {
  return `starling.dead.${Buffer.from(id).toString("base64url")}`;
}
