import type { JsMsg } from "nats";
import type { BusCodec } from "../nats/bus-codec.ts";
import type { NatsLink } from "../nats/link.ts";
import type { DeadLetter } from "./channel.ts";
import { deadStream } from "./jetstream-declarations.ts";
import { DEAD_STREAM, deadSubject } from "./jetstream-names.ts";
import { ANSWER_LIMIT_MS, found, type Streams } from "./jetstream-streams.ts";

/**
 * The stream of dead letters. All methods throw NotConnectedError or NatsError when NATS fails, and SealError for a
 * letter that none of our nodes has stored: to send it again would sign what a stranger wrote.
 */
export class DeadLetters {
  readonly #link: NatsLink;
  readonly #streams: Streams;
  readonly #codec: BusCodec;

  constructor(link: NatsLink, streams: Streams, codec: BusCodec) {
    this.#link = link;
    this.#streams = streams;
    this.#codec = codec;
  }

  /** Resolves when the letter is stored. */
  async add(letter: DeadLetter): Promise<void> {
    await this.#streams.ensure(deadStream);
    const expect = { streamName: DEAD_STREAM };
    try {
      const subject = deadSubject(letter.id);
      await this.#jetstream().publish(subject, this.#codec.encode(letter, subject), { expect });
    } catch (error) {
      this.#streams.forget(DEAD_STREAM);
      throw error;
    }
  }

  /** @returns all letters, oldest first */
  async list(): Promise<DeadLetter[]> {
    const { streams } = await this.#streams.manager();
    const info = await found(streams.info(DEAD_STREAM));
    if (!info || info.state.messages === 0) return [];
    const consumer = await this.#jetstream().consumers.get(DEAD_STREAM);
    const messages = await consumer.fetch({ max_messages: info.state.messages, expires: ANSWER_LIMIT_MS });
    const letters: DeadLetter[] = [];
    for await (const message of messages as AsyncIterable<JsMsg>) {
      letters.push(this.#codec.decode(message.data, message.subject) as DeadLetter);
      if (message.info.pending === 0) break;
    }
    await consumer.delete();
    return letters;
  }

  /** @returns the letter and its sequence number in the stream, or null */
  async find(id: string): Promise<{ letter: DeadLetter; seq: number } | null> {
    const { streams } = await this.#streams.manager();
    const stored = await found(streams.getMessage(DEAD_STREAM, { last_by_subj: deadSubject(id) }));
    return stored && { letter: this.#codec.decode(stored.data, stored.subject) as DeadLetter, seq: stored.seq };
  }

  async remove(seq: number): Promise<void> {
    const { streams } = await this.#streams.manager();
    await found(streams.deleteMessage(DEAD_STREAM, seq));
  }

  #jetstream() {
    return this.#link.connection.jetstream({ timeout: ANSWER_LIMIT_MS });
  }
}
