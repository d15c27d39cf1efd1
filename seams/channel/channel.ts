import type { JobName, Jobs } from "../../contract/events.ts";

/** A handler's place among the consumers: each group gets every message once, one member of it handles it. */
export interface Subscription<N extends JobName> {
  job: N;
  group: string;
  /** How many messages this node handles at once. */
  maxInFlight: number;
  /**
   * Resolves when the message is dealt with; a rejection has it sent again after a growing delay. Must be idempotent.
   */
  handler(payload: Jobs[N]): Promise<void>;
}

/** A message that failed for good. */
export interface DeadLetter {
  /** Names it among the dead letters. */
  id: string;
  job: JobName;
  group: string;
  payload: unknown;
  /** The last failure's message. */
  error: string;
  attempts: number;
  /** ISO-8601 */
  diedAt: string;
}

/**
 * Messages that must arrive: handled at least once by each group, also after a failure. Two implementations, in process
 * and over NATS JetStream, pass the same contract tests. Neither holds the only copy of a to-do: what is lost here is
 * published again by the outbox.
 */
export interface DurableChannel {
  /**
   * @param id the message's name: the same one again within two minutes may be dropped as a double
   * @throws when the message is not stored; then it may or may not be delivered
   */
  publish<N extends JobName>(job: N, id: string, payload: Jobs[N]): Promise<void>;
  subscribe<N extends JobName>(subscription: Subscription<N>): Promise<void>;
  /** Connects; resolves also when the other side is not there yet, and goes on trying. */
  open(): Promise<void>;
  /** Takes no new message, finishes those in flight, then closes. */
  close(): Promise<void>;
  deadLetters(): Promise<DeadLetter[]>;
  /** Sends a dead letter to its group once more. @returns whether there was one */
  resend(id: string): Promise<boolean>;
}

/** How often a message is tried before it is a dead letter, and the wait before each further try, in milliseconds. */
export interface RetryPolicy {
  attempts: number;
  delay(attempt: number): number;
}

/** 10 tries over about four minutes: long enough for an election, a restart, a deployment. */
export const RETRIES: RetryPolicy = {
  attempts: 10,
  delay: (attempt) => Math.min(60_000, 250 * 2 ** (attempt - 1)),
};
