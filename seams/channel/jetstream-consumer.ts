import { setTimeout as pause } from "node:timers/promises";
import type { Consumer, ConsumerMessages, JsMsg } from "nats";
import { messageOf } from "../../lib/errors.ts";
import type { JobName, Jobs } from "../../contract/events.ts";
import { type Log, type NatsLink, NotConnectedError } from "../nats/link.ts";
import type { RetryPolicy, Subscription } from "./channel.ts";
import type { DeadLetters } from "./jetstream-dead.ts";
import { ACK_WAIT, deadLetterId, type Envelope, streamOf } from "./jetstream-names.ts";
import type { Streams } from "./jetstream-streams.ts";

/**
 * How long one request for messages stands, in milliseconds: the longest until it shows that the consumer is gone or
 * the server has forgotten the request.
 */
const REQUEST_LASTS = 2000;
/** Before the consumer is looked after again when something went wrong, in milliseconds. */
const RECOVER_WAIT = 500;

export interface ConsumerTools {
  link: NatsLink;
  streams: Streams;
  deadLetters: DeadLetters;
  retries: RetryPolicy;
  log: Log;
}

/** This node's share of a group's work: never more messages are asked for than there is room in flight. */
export class GroupConsumer {
  readonly #subscription: Subscription<JobName>;
  readonly #tools: ConsumerTools;
  readonly #inFlight = new Map<JsMsg, Promise<void>>();
  readonly #heartbeat: NodeJS.Timeout;
  readonly #running: Promise<void>;
  readonly #stopping = new AbortController();
  #request: ConsumerMessages | undefined;

  constructor(subscription: Subscription<JobName>, tools: ConsumerTools) {
    this.#subscription = subscription;
    this.#tools = tools;
    // A handler may take long; the server is told in time that it is still at work.
    this.#heartbeat = setInterval(() => {
      for (const message of this.#inFlight.keys()) this.#answer(() => message.working());
    }, ACK_WAIT / 3);
    this.#running = this.#run();
  }

  /** Takes no new message, and resolves when those in flight are dealt with. */
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
        log[level](`The jobs ${job} for ${group} can't be had at the moment, trying on:`, messageOf(error));
        streams.forget(streamOf(job));
        await pause(RECOVER_WAIT, undefined, { signal }).catch(() => undefined);
      }
    }
  }

  /** Asks for as many messages as there is room for, and begins with each as it comes. */
  async #take(consumer: Consumer): Promise<void> {
    const room = this.#subscription.maxInFlight - this.#inFlight.size;
    if (room <= 0) return void (await Promise.race(this.#inFlight.values()));
    // Throws when there is no connection; a request would only wait.
    void this.#tools.link.connection;
    this.#request = await consumer.fetch({ max_messages: room, expires: REQUEST_LASTS });
    if (this.#stopping.signal.aborted) await this.#request.close();
    for await (const message of this.#request) {
      const work = this.#handle(message).finally(() => this.#inFlight.delete(message));
      this.#inFlight.set(message, work);
    }
  }

  async #handle(message: JsMsg): Promise<void> {
    const { group } = this.#subscription;
    let envelope: Envelope;
    try {
      envelope = message.json<Envelope>();
    } catch (error) {
      this.#tools.log.error(`A message of ${message.subject} is no JSON and is left out:`, messageOf(error));
      this.#answer(() => message.term("no JSON"));
      return;
    }
    if (envelope.group !== undefined && envelope.group !== group) {
      this.#answer(() => message.ack());
      return;
    }
    try {
      await this.#subscription.handler(envelope.payload as Jobs[JobName]);
      this.#answer(() => message.ack());
    } catch (error) {
      await this.#fail(message, envelope, error);
    }
  }

  /** When the connection that the message came by is gone, so is the answer, and the server sends the message again. */
  #answer(send: () => void): void {
    try {
      send();
    } catch (error) {
      this.#tools.log.debug("An answer to NATS can't be sent; the message will come again:", messageOf(error));
    }
  }

  async #fail(message: JsMsg, { id, payload }: Envelope, error: unknown): Promise<void> {
    const { job, group } = this.#subscription;
    const { retries, deadLetters, log } = this.#tools;
    const attempts = message.info.deliveryCount;
    const wait = retries.delay(attempts);
    if (attempts < retries.attempts) {
      this.#answer(() => message.nak(wait));
      return;
    }
    const letter = {
      id: deadLetterId(this.#subscription, id),
      job,
      group,
      payload,
      error: messageOf(error),
      attempts,
      diedAt: new Date().toISOString(),
    };
    try {
      await deadLetters.add(letter);
      this.#answer(() => message.term("dead letter"));
      log.error(`The job ${letter.id} has failed ${attempts} times and is a dead letter now:`, letter.error);
    } catch (failure) {
      log.error(
        `The job ${letter.id} has failed ${attempts} times and can't be buried, trying on:`,
        messageOf(failure),
      );
      this.#answer(() => message.nak(wait));
    }
  }
}
