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
 * If a node neither answers a message nor reports `working()` on it for this long, the server redelivers the message.
 */
export const ACK_WAIT_MS = 5000;
/**
 * When a group has this many unacknowledged messages, the server holds back further ones. The number is large, because
 * failed messages that wait for their next try count as well.
 */
const MAX_UNACKNOWLEDGED = 10_000;
/**
 * A new consumer starts with messages this old. So a consumer that was deleted and is created again gets the messages
 * that it may have missed, but not three days' worth of them.
 */
const LOOKBACK_MS = 3_600_000;

const SECOND_MS = 1000;
const DAY_MS = 86_400 * SECOND_MS;

/**
 * Declares the stream of a job. Messages stay in it after they are handled, so that a consumer that was deleted can
 * start again. Beyond the limits the oldest messages are dropped, since after three days nobody waits for them.
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
    // Each message takes about 100 bytes on disk.
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

/**
 * Declares the durable consumer of a group. The channel decides when a failed message is redelivered; the server does
 * so by itself only after a silence of {@link ACK_WAIT_MS}.
 */
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
