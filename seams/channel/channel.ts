import type { Context } from "moleculer";
import type { JobName, Jobs } from "../../contract/events.ts";

/** The origin of a message. */
export interface Origin {
  /**
   * The request that caused the job, so that logs and traces of both can be joined. Absent when a sweep published the
   * job.
   */
  requestId?: string | undefined;
}

/** The origin of a job that is published while `ctx` is handled. */
export function originOf({ requestID }: Pick<Context, "requestID">): Origin {
  return { requestId: requestID ?? undefined };
}

/** A handler for one job in one group. Each group gets every message; one member of the group handles it. */
export interface Subscription<N extends JobName> {
  job: N;
  group: string;
  /** Maximum number of messages that this node handles at once. */
  maxInFlight: number;
  /** Must be idempotent: a message is redelivered after a rejection. Resolves when the message is done. */
  handler(payload: Jobs[N], origin: Origin): Promise<void>;
}

/** A message whose last try has failed. */
export interface DeadLetter {
  /** Unique among the dead letters. */
  id: string;
  job: JobName;
  group: string;
  payload: unknown;
  /** The message of the last error. */
  error: string;
  attempts: number;
  /** ISO-8601 */
  diedAt: string;
}

/**
 * Messages that must arrive: each group handles each message at least once, even after failures. Two implementations,
 * in process and over NATS JetStream, pass the same contract tests. Neither holds the only copy of a tweet's to-dos: if
 * a message is lost all the same, the outbox publishes it again.
 */
export interface DurableChannel {
  /**
   * @param id identifies the message; a second message with the same id within two minutes may be dropped as a
   *   duplicate
   * @throws when the channel did not confirm the message, which may be delivered all the same
   */
  publish<N extends JobName>(job: N, id: string, payload: Jobs[N], origin?: Origin): Promise<void>;
  subscribe<N extends JobName>(subscription: Subscription<N>): Promise<void>;
  /** Connects. Resolves even if the server is not reachable yet, and keeps trying. */
  open(): Promise<void>;
  /** @returns why the node can't do without the server that refuses it, in words for an operator; empty otherwise */
  missing(): string[];
  /** Takes no new messages, finishes those in flight, then closes. */
  close(): Promise<void>;
  deadLetters(): Promise<DeadLetter[]>;
  /** Sends a dead letter to its group again. @returns false when there is no such letter */
  resend(id: string): Promise<boolean>;
}

/** The number of tries before a message becomes a dead letter, and the wait after each failed try. */
export interface RetryPolicy {
  attempts: number;
  /** @param attempt the number of the failed try, from 1 */
  delayMs(attempt: number): number;
}

/** 10 tries over about two minutes: long enough to outlast an election, a restart or a deployment. */
export const RETRIES: RetryPolicy = {
  attempts: 10,
  delayMs: (attempt) => Math.min(60_000, 250 * 2 ** (attempt - 1)),
};
