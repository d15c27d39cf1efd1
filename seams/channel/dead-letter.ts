import type { JobName } from "../../contract/events.ts";
import { messageOf } from "../../lib/errors.ts";
import type { DeadLetter, Subscription } from "./channel.ts";

/** The dead letter of a message whose last try has failed. */
export function createDeadLetter(
  { job, group }: Pick<Subscription<JobName>, "job" | "group">,
  { id, payload }: { id: string; payload: unknown },
  error: unknown,
  attempts: number,
): DeadLetter {
  return {
    id: `${job}/${group}/${id}`,
    job,
    group,
    payload,
    error: messageOf(error),
    attempts,
    diedAt: new Date().toISOString(),
  };
}

/** @returns the parts of a dead letter's id, or null for any other text */
export function parseDeadLetterId(id: string): { job: JobName; group: string; messageId: string } | null {
  const [, job, group, messageId] = /^([^/]+)\/([^/]+)\/(.+)$/s.exec(id) ?? [];
  return job && group && messageId ? { job: job as JobName, group, messageId } : null;
}
