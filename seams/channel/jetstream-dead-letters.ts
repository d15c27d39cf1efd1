import { JSONCodec, type JsMsg } from "nats";
import type { NatsLink } from "../nats/link.ts";
import type { DeadLetter } from "./channel.ts";
import { deadStream } from "./jetstream-declarations.ts";
import { DEAD_STREAM, deadSubject } from "./jetstream-names.ts";
import { ANSWER_LIMIT_MS, found, type Streams } from "./jetstream-streams.ts";

const codec = JSONCodec<DeadLetter>();

/** The stream of dead letters. All methods throw NotConnectedError or NatsError when NATS fails. */
export class DeadLetters {
  readonly #link: NatsLink;
  readonly #streams: Streams;

  constructor(link: NatsLink, streams: Streams) {
    this.#link = link;
    this.#streams = streams;
  }

  /** Resolves when the letter is stored. */
  async add(letter: DeadLetter): Promise<void> {
    await this.#streams.ensure(deadStream);
    const expect = { streamName: DEAD_STREAM };
    try {
      await this.#jetstream().publish(deadSubject(letter.id), codec.encode(letter), { expect });
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
      letters.push(codec.decode(message.data));
      if (message.info.pending === 0) break;
    }
    await consumer.delete();
    return letters;
  }

  /** @returns the letter and its sequence number in the stream, or null */
  async find(id: string): Promise<{ letter: DeadLetter; seq: number } | null> {
    const { streams } = await this.#streams.manager();
    const stored = await found(streams.getMessage(DEAD_STREAM, { last_by_subj: deadSubject(id) }));
    return stored && { letter: codec.decode(stored.data), seq: stored.seq };
  }

  async remove(seq: number): Promise<void> {
    const { streams } = await this.#streams.manager();
    await found(streams.deleteMessage(DEAD_STREAM, seq));
  }

  #jetstream() {
    return this.#link.connection.jetstream({ timeout: ANSWER_LIMIT_MS });
  }
}
