import { type ConsumerConfig, AckPolicy, DeliverPolicy, nanos, RetentionPolicy, StorageType } from "nats";
import type { StreamConfig } from "nats";
import type { JobName } from "../../contract/events.ts";
import type { DeadLetter } from "./channel.ts";

/** The stream of all dead letters. */
export const DEAD_STREAM = "starling-dead";
/** How long a consumer may be silent about a message before another gets it, in milliseconds; see `working()`. */
export const ACK_WAIT = 5000;
/**
 * Failed messages that wait for their next try are among a group's unacknowledged ones; with this many the server holds
 * back further ones.
 */
const MOST_UNACKNOWLEDGED = 10_000;
/**
 * How far back a group begins that is not there yet, in milliseconds. One that was deleted gets again what it may have
 * missed, and not three days' worth.
 */
const BEGIN_BEFORE = 3_600_000;

const SECOND = 1000;
const DAY = 86_400 * SECOND;

/** A message as it is stored in a job's stream. */
export interface Envelope {
  id: string;
  payload: unknown;
  /** The only group that it is for: a dead letter that was sent again. */
  group?: string;
}

/** Names of streams have no dots. */
export function streamOf(job: JobName): string {
  return `starling-${job.replaceAll(".", "-")}`;
}

export function subjectOf(job: JobName): string {
  return `starling.job.${job}`;
}

/**
 * A job's stream. Messages stay in it after they are handled, until a limit is reached, so that a consumer that was
 * deleted can begin again. Beyond the limits the oldest go, which after three days nobody waits for.
 *
 * @param replicas copies among the servers of a NATS cluster
 */
export function jobStream(job: JobName, replicas: number): Partial<StreamConfig> & { name: string } {
  return {
    name: streamOf(job),
    subjects: [subjectOf(job)],
    retention: RetentionPolicy.Limits,
    storage: StorageType.File,
    num_replicas: replicas,
    max_age: nanos(3 * DAY),
    // Some 100 bytes each on the disk.
    max_msgs: 5_000_000,
    max_bytes: 1024 ** 3,
    duplicate_window: nanos(120 * SECOND),
  };
}

/**
 * A dead letter's subject is its id, and one letter is kept for each: a message that dies again takes its old place.
 */
export function deadStream(replicas: number): Partial<StreamConfig> & { name: string } {
  return {
    name: DEAD_STREAM,
    subjects: ["starling.dead.>"],
    retention: RetentionPolicy.Limits,
    storage: StorageType.File,
    num_replicas: replicas,
    max_msgs_per_subject: 1,
    max_age: nanos(30 * DAY),
    max_msgs: 100_000,
    max_bytes: 256 * 1024 ** 2,
  };
}

/** A group's durable consumer. When a message is sent again is for the channel to say, except after a silence. */
export function consumerOf(group: string): Partial<ConsumerConfig> {
  return {
    durable_name: group,
    ack_policy: AckPolicy.Explicit,
    ack_wait: nanos(ACK_WAIT),
    max_deliver: -1,
    max_ack_pending: MOST_UNACKNOWLEDGED,
  };
}

/** Where a new consumer begins. Not to be changed later. */
export function beginning(now: number): Partial<ConsumerConfig> {
  return { deliver_policy: DeliverPolicy.StartTime, opt_start_time: new Date(now - BEGIN_BEFORE).toISOString() };
}

export function deadLetterId({ job, group }: Pick<DeadLetter, "job" | "group">, messageId: string): string {
  return `${job}/${group}/${messageId}`;
}

/** @returns the parts of a dead letter's id, or null when it is none */
export function parseDeadLetterId(id: string): { job: JobName; group: string; messageId: string } | null {
  const [, job, group, messageId] = /^([^/]+)\/([^/]+)\/(.+)$/s.exec(id) ?? [];
  return job && group && messageId ? { job: job as JobName, group, messageId } : null;
}

/** Ids may have characters that a subject can't. */
export function deadSubject(id: string): string {
  return `starling.dead.${Buffer.from(id).toString("base64url")}`;
}
