import {
  AckPolicy,
  type ConsumerConfig,
  DeliverPolicy,
  nanos,
  RetentionPolicy,
  StorageType,
  type StreamConfig,
} from "nats";
import type { JobName } from "../../contract/events.ts";
import { DEAD_STREAM, streamOf, subjectOf } from "./jetstream-names.ts";

/**
 * If a consumer is silent about a message for this long, the server redelivers the message to another; see `working()`.
 */
export const ACK_WAIT_MS = 5000;
/**
 * Unacknowledged messages of a group, beyond which the server holds back further ones. The number is large, because it
 * includes failed messages that wait for their next try.
 */
const MAX_UNACKNOWLEDGED = 10_000;
/**
 * A new consumer begins this far back. If it was deleted before, it gets again the messages that it may have missed,
 * but not those of three days.
 */
const LOOKBACK_MS = 3_600_000;

const SECOND_MS = 1000;
const DAY_MS = 86_400 * SECOND_MS;

/**
 * Declares the stream of a job. Messages stay in it after they are handled, so that a deleted consumer can begin again.
 * Beyond the limits the oldest messages are dropped, since after three days nobody waits for them.
 *
 * @param replicas number of servers of a NATS cluster that store the stream
 */
export function jobStream(job: JobName, replicas: number): Partial<StreamConfig> & { name: string } {
  return {
    name: streamOf(job),
    subjects: [subjectOf(job)],
    retention: RetentionPolicy.Limits,
    storage: StorageType.File,
    num_replicas: replicas,
    max_age: nanos(3 * DAY_MS),
    // Some 100 bytes each on the disk.
    max_msgs: 5_000_000,
    max_bytes: 1024 ** 3,
    duplicate_window: nanos(120 * SECOND_MS),
  };
}

/**
 * Declares the stream of dead letters. It keeps one letter per id, so a message that dies again replaces its letter.
 */
export function deadStream(replicas: number): Partial<StreamConfig> & { name: string } {
  return {
    name: DEAD_STREAM,
    subjects: ["starling.dead.>"],
    retention: RetentionPolicy.Limits,
    storage: StorageType.File,
    num_replicas: replicas,
    max_msgs_per_subject: 1,
    max_age: nanos(30 * DAY_MS),
    max_msgs: 100_000,
    max_bytes: 256 * 1024 ** 2,
  };
}

/** Declares the durable consumer of a group. The channel decides on redelivery, except for a silent consumer. */
export function consumerOf(group: string): Partial<ConsumerConfig> {
  return {
    durable_name: group,
    ack_policy: AckPolicy.Explicit,
    ack_wait: nanos(ACK_WAIT_MS),
    max_deliver: -1,
    max_ack_pending: MAX_UNACKNOWLEDGED,
  };
}

/** The starting point of a new consumer, which an update must not change. */
export function beginning(now: number): Partial<ConsumerConfig> {
  return { deliver_policy: DeliverPolicy.StartTime, opt_start_time: new Date(now - LOOKBACK_MS).toISOString() };
}
