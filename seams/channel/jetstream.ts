import type { NatsFiles } from "../../config/files.ts";
import type { JobName, Jobs } from "../../contract/events.ts";
import { type BusCodec, createBusCodec } from "../nats/bus-codec.ts";
import { type Log, NatsLink } from "../nats/link.ts";
import {
  type DeadLetter,
  type DurableChannel,
  type Origin,
  type RetryPolicy,
  RETRIES,
  type Subscription,
} from "./channel.ts";
import { parseDeadLetterId } from "./dead-letter.ts";
import { GroupConsumer } from "./jetstream-consumer.ts";
import { DeadLetters } from "./jetstream-dead-letters.ts";
import { type Envelope, streamOf, subjectOf } from "./jetstream-names.ts";
import { ANSWER_LIMIT_MS, isNoResponders, Streams } from "./jetstream-streams.ts";

export interface JetStreamOptions {
  /** As in `NATS_URL`. */
  url: string;
  files?: NatsFiles;
  /** As in `CLUSTER_SECRET`. */
  secrets?: readonly string[];
  /** The name of the connection in the server's monitoring. */
  name: string;
  /** Number of servers of a NATS cluster that store each stream. */
  replicas: number;
  /** Whether this node handles messages; if not, it only publishes. */
  takesJobs: boolean;
  log: Log;
  retries?: RetryPolicy;
}

/**
 * The channel over NATS JetStream: a stream for each job, a durable pull consumer for each group. Streams and consumers
 * that are missing, deleted or lost with the server's disk are created (again) at their next use.
 */
export class JetStreamChannel implements DurableChannel {
  readonly #link: NatsLink;
  readonly #codec: BusCodec;
  readonly #streams: Streams;
  readonly #deadLetters: DeadLetters;
  readonly #retries: RetryPolicy;
  readonly #log: Log;
  readonly #takesJobs: boolean;
  readonly #consumers = new Map<string, GroupConsumer>();
  #closed = false;

  constructor({ url, files, secrets = [], name, replicas, takesJobs, log, retries = RETRIES }: JetStreamOptions) {
    this.#link = new NatsLink(url, name, log, files);
    this.#streams = new Streams(this.#link, replicas);
    this.#codec = createBusCodec(secrets);
    this.#deadLetters = new DeadLetters(this.#link, this.#streams, this.#codec);
    this.#retries = retries;
    this.#log = log;
    this.#takesJobs = takesJobs;
  }

  open(): Promise<void> {
    return this.#link.open();
  }

  missing(): string[] {
    const { refusal } = this.#link;
    return refusal === null ? [] : [refusal];
  }

  async publish<N extends JobName>(job: N, id: string, payload: Jobs[N], { requestId }: Origin = {}): Promise<void> {
    if (this.#closed) throw new Error("The channel is closed");
    await this.#store(job, { id, payload, requestId }, id);
  }

  subscribe<N extends JobName>(subscription: Subscription<N>): Promise<void> {
    if (!this.#takesJobs) return Promise.resolve();
    const key = `${subscription.job}/${subscription.group}`;
    if (this.#consumers.has(key)) {
      throw new Error(`The group ${subscription.group} consumes ${subscription.job} already`);
    }
    this.#consumers.set(
      key,
      new GroupConsumer(subscription, {
        link: this.#link,
        codec: this.#codec,
        streams: this.#streams,
        deadLetters: this.#deadLetters,
        retries: this.#retries,
        log: this.#log,
      }),
    );
    return Promise.resolve();
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all([...this.#consumers.values()].map((consumer) => consumer.stop()));
    await this.#link.close();
  }

  /** @throws NotConnectedError, NatsError */
  deadLetters(): Promise<DeadLetter[]> {
    return this.#deadLetters.list();
  }

  /** @throws NotConnectedError, NatsError */
  async resend(id: string): Promise<boolean> {
    const parts = parseDeadLetterId(id);
    const dead = parts && (await this.#deadLetters.find(id));
    if (!dead) return false;
    const { job, group, messageId } = parts;
    // Use a new id, since the message's own id may still count as a duplicate. The new id is the same at each resend of
    // this letter, so that a repeated resend does count as one.
    await this.#store(job, { id: messageId, payload: dead.letter.payload, group }, `resend/${dead.seq}/${id}`);
    await this.#deadLetters.remove(dead.seq);
    return true;
  }

  async #store(job: JobName, envelope: Envelope, msgID: string): Promise<void> {
    const streamName = streamOf(job);
    const send = async () => {
      await this.#streams.ensureJob(job);
      const { connection } = this.#link;
      const body = this.#codec.encode(envelope, subjectOf(job));
      const options = { msgID, timeout: ANSWER_LIMIT_MS, expect: { streamName } };
      await connection.jetstream().publish(subjectOf(job), body, options);
    };
    try {
      await send();
    } catch (error) {
      if (!isNoResponders(error)) throw error;
      // The stream may have been deleted while the connection was open, so declare it again.
      this.#streams.forget(streamName);
      await send();
    }
  }
}
