import type { JobName, Jobs } from "../../contract/events.ts";
import {
  type DeadLetter,
  type DurableChannel,
  type Origin,
  RETRIES,
  type RetryPolicy,
  type Subscription,
} from "./channel.ts";
import { createDeadLetter, parseDeadLetterId } from "./dead-letter.ts";

interface Message {
  id: string;
  payload: unknown;
  origin: Origin;
  attempts: number;
}

/** One group's queue. */
interface Consumer {
  subscription: Subscription<JobName>;
  waiting: Message[];
  inFlight: Set<Promise<void>>;
  /** Ids of pending messages: waiting, in flight or between tries. Duplicates of these are dropped. */
  known: Set<string>;
}

/** The embedded channel: queues in this process. After a crash, the outbox publishes the lost jobs of tweets again. */
export class LocalChannel implements DurableChannel {
  readonly #retries: RetryPolicy;
  readonly #consumers = new Map<string, Consumer>();
  readonly #dead = new Map<string, DeadLetter>();
  readonly #timers = new Set<NodeJS.Timeout>();
  #closed = false;

  constructor(retries: RetryPolicy = RETRIES) {
    this.#retries = retries;
  }

  open(): Promise<void> {
    return Promise.resolve();
  }

  missing(): string[] {
    return [];
  }

  publish<N extends JobName>(job: N, id: string, payload: Jobs[N], origin: Origin = {}): Promise<void> {
    if (this.#closed) return Promise.reject(new Error("The channel is closed"));
    for (const consumer of this.#consumers.values()) {
      if (consumer.subscription.job === job) this.#enqueue(consumer, { id, payload, origin, attempts: 0 });
    }
    return Promise.resolve();
  }

  subscribe<N extends JobName>(subscription: Subscription<N>): Promise<void> {
    const key = `${subscription.job}/${subscription.group}`;
    if (this.#consumers.has(key))
      throw new Error(`The group ${subscription.group} consumes ${subscription.job} already`);
    this.#consumers.set(key, {
      subscription,
      waiting: [],
      inFlight: new Set(),
      known: new Set(),
    });
    return Promise.resolve();
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
    for (const consumer of this.#consumers.values()) {
      consumer.waiting.length = 0;
      await Promise.all(consumer.inFlight);
    }
  }

  deadLetters(): Promise<DeadLetter[]> {
    return Promise.resolve([...this.#dead.values()]);
  }

  resend(id: string): Promise<boolean> {
    const letter = this.#dead.get(id);
    const consumer = letter && this.#consumers.get(`${letter.job}/${letter.group}`);
    if (!letter || !consumer) return Promise.resolve(false);
    this.#dead.delete(id);
    this.#enqueue(consumer, { id: parseDeadLetterId(id)!.messageId, payload: letter.payload, origin: {}, attempts: 0 });
    return Promise.resolve(true);
  }

  #enqueue(consumer: Consumer, message: Message): void {
    if (consumer.known.has(message.id)) return;
    consumer.known.add(message.id);
    consumer.waiting.push(message);
    this.#pump(consumer);
  }

  #pump(consumer: Consumer): void {
    while (!this.#closed && consumer.inFlight.size < consumer.subscription.maxInFlight) {
      const message = consumer.waiting.shift();
      if (!message) return;
      const work = this.#handle(consumer, message).finally(() => {
        consumer.inFlight.delete(work);
        this.#pump(consumer);
      });
      consumer.inFlight.add(work);
    }
  }

  async #handle(consumer: Consumer, message: Message): Promise<void> {
    // Yield first, so that a handler never runs inside the publish call.
    await Promise.resolve();
    message.attempts++;
    try {
      await consumer.subscription.handler(message.payload as Jobs[JobName], message.origin);
      consumer.known.delete(message.id);
    } catch (error) {
      if (message.attempts >= this.#retries.attempts) this.#bury(consumer, message, error);
      else this.#retryLater(consumer, message);
    }
  }

  #retryLater(consumer: Consumer, message: Message): void {
    if (this.#closed) return;
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      consumer.waiting.push(message);
      this.#pump(consumer);
    }, this.#retries.delayMs(message.attempts));
    this.#timers.add(timer);
  }

  #bury(consumer: Consumer, message: Message, error: unknown): void {
    consumer.known.delete(message.id);
    const letter = createDeadLetter(consumer.subscription, message, error, message.attempts);
    this.#dead.set(letter.id, letter);
  }
}
