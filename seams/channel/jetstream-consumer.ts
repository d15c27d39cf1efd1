import { setTimeout as pause } from "node:timers/promises";
import type { Consumer, ConsumerMessages, JsMsg } from "nats";
import { messageOf } from "../../lib/errors.ts";
import type { JobName, Jobs } from "../../contract/events.ts";
import { createReminder } from "../../lib/reminder.ts";
import type { BusCodec } from "../nats/bus-codec.ts";
import { SealError } from "../nats/seal.ts";
import { type Log, type NatsLink, NotConnectedError } from "../nats/link.ts";
import type { RetryPolicy, Subscription } from "./channel.ts";
import { createDeadLetter } from "./dead-letter.ts";
import type { DeadLetters } from "./jetstream-dead-letters.ts";
import { ACK_WAIT_MS } from "./jetstream-declarations.ts";
import { type Envelope, streamOf } from "./jetstream-names.ts";
import type { Streams } from "./jetstream-streams.ts";

/**
 * A request for messages expires after this time. Until then, the node may not notice that the consumer was deleted or
 * that the server lost the request.
 */
const REQUEST_EXPIRY_MS = 2000;
/** The wait before the consumer is set up again after a failure. */
const RECOVERY_WAIT_MS = 500;

/** The log says this often that jobs are refused: somebody without the secret may publish many. */
const REMINDER_INTERVAL_MS = 60_000;

export interface ConsumerTools {
  link: NatsLink;
  codec: BusCodec;
  streams: Streams;
  deadLetters: DeadLetters;
  retries: RetryPolicy;
  log: Log;
}

/** Consumes messages for one group on this node. It never requests more messages than it may have in flight. */
export class GroupConsumer {
  readonly #subscription: Subscription<JobName>;
  readonly #tools: ConsumerTools;
  readonly #inFlight = new Map<JsMsg, Promise<void>>();
  readonly #heartbeat: NodeJS.Timeout;
  readonly #running: Promise<void>;
  readonly #stopping = new AbortController();
  readonly #reminder = createReminder(REMINDER_INTERVAL_MS);
  #request: ConsumerMessages | undefined;

  constructor(subscription: Subscription<JobName>, tools: ConsumerTools) {
    this.#subscription = subscription;
    this.#tools = tools;
    // Handlers may take long, so tell the server before the deadline that they are still at work.
    this.#heartbeat = setInterval(() => {
      for (const message of this.#inFlight.keys()) this.#answer(() => message.working());
    }, ACK_WAIT_MS / 3);
    this.#running = this.#run();
  }

  /** Takes no new messages; resolves when those in flight are done. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#request?.close();
    await this.#running;
    await Promise.all(this.#inFlight.values());
    clearInterval(this.#heartbeat);
  }

  async #run(): Promise<void> {
    const { job, group } = this.#subscription;
    const { link, streams, log } = this.#tools;
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      try {
        const { generation } = link;
        const consumer = await streams.consumer(job, group);
        while (!signal.aborted && link.generation === generation) await this.#take(consumer);
      } catch (error) {
        const level = error instanceof NotConnectedError ? "debug" : "warn";
        log[level](`The jobs ${job} for ${group} can't be fetched at the moment; retrying:`, messageOf(error));
        streams.forget(streamOf(job));
        await pause(RECOVERY_WAIT_MS, undefined, { signal }).catch(() => undefined);
      }
    }
  }

  /** Requests as many messages as may be in flight, and starts to handle each when it arrives. */
  async #take(consumer: Consumer): Promise<void> {
    const room = this.#subscription.maxInFlight - this.#inFlight.size;
    if (room <= 0) return void (await Promise.race(this.#inFlight.values()));
    // Without a connection, this getter throws at once, while a fetch would only wait.
    void this.#tools.link.connection;
    this.#request = await consumer.fetch({ max_messages: room, expires: REQUEST_EXPIRY_MS });
    if (this.#stopping.signal.aborted) await this.#request.close();
    for await (const message of this.#request) {
      const work = this.#handle(message).finally(() => this.#inFlight.delete(message));
      this.#inFlight.set(message, work);
    }
  }

  async #handle(message: JsMsg): Promise<void> {
    const { group } = this.#subscription;
    const envelope = this.#read(message);
    if (envelope === null) return;
    if (envelope.group !== undefined && envelope.group !== group) {
      this.#answer(() => message.ack());
      return;
    }
    try {
      await this.#subscription.handler(envelope.payload as Jobs[JobName], { requestId: envelope.requestId });
      this.#answer(() => message.ack());
    } catch (error) {
      await this.#fail(message, envelope, error);
    }
  }

  /** @returns null for a message that this node can't read, which is answered already */
  #read(message: JsMsg): Envelope | null {
    const { codec, retries, log } = this.#tools;
    try {
      return codec.decode(message.data, message.subject) as Envelope;
    } catch (error) {
      if (this.#reminder.isDue()) log.error(`A job of ${message.subject} is refused:`, messageOf(error));
      const attempts = message.info.deliveryCount;
      // Another node may have the right secret.
      const isOver = !(error instanceof SealError) || attempts >= retries.attempts;
      this.#answer(() => (isOver ? message.term("can't be read") : message.nak(retries.delayMs(attempts))));
      return null;
    }
  }

  /**
   * Sends an answer. If the connection of the message is gone, the answer is lost, and the server redelivers the
   * message.
   */
  #answer(send: () => void): void {
    try {
      send();
    } catch (error) {
      this.#tools.log.debug("An answer to NATS could not be sent; the message will be redelivered:", messageOf(error));
    }
  }

  async #fail(message: JsMsg, envelope: Envelope, error: unknown): Promise<void> {
    const { retries, deadLetters, log } = this.#tools;
    const attempts = message.info.deliveryCount;
    const wait = retries.delayMs(attempts);
    if (attempts < retries.attempts) {
      this.#answer(() => message.nak(wait));
      return;
    }
    const letter = createDeadLetter(this.#subscription, envelope, error, attempts);
    try {
      await deadLetters.add(letter);
      this.#answer(() => message.term("dead letter"));
      log.error(`The job ${letter.id} has failed ${attempts} times and is a dead letter now:`, letter.error);
    } catch (failure) {
      log.error(
        `The job ${letter.id} has failed ${attempts} times and can't be stored as a dead letter; retrying:`,
        messageOf(failure),
      );
      this.#answer(() => message.nak(wait));
    }
  }
}
