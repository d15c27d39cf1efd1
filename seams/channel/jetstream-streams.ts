import { type Consumer, type JetStreamManager, NatsError, type StreamConfig } from "nats";
import type { JobName } from "../../contract/events.ts";
import type { NatsLink } from "../nats/link.ts";
import { beginning, consumerOf, jobStream } from "./jetstream-declarations.ts";
import { streamOf } from "./jetstream-names.ts";

/** The server must answer within this time. */
export const ANSWER_LIMIT_MS = 3000;
/** JetStream's error codes for missing things. */
const STREAM_NOT_FOUND = 10059;
const CONSUMER_NOT_FOUND = 10014;
const MESSAGE_NOT_FOUND = 10037;

/**
 * Creates and updates streams and consumers, as declared, before their use. Each is checked once per connection, and
 * again after it turns out to be missing.
 */
export class Streams {
  readonly #link: NatsLink;
  readonly #replicas: number;
  readonly #ensured = new Map<string, { generation: number; done: Promise<void> }>();

  constructor(link: NatsLink, replicas: number) {
    this.#link = link;
    this.#replicas = replicas;
  }

  /** @throws NotConnectedError, NatsError */
  manager(): Promise<JetStreamManager> {
    // Skip the check that the server has JetStream, because the first request fails if it has none.
    return this.#link.connection.jetstreamManager({ timeout: ANSWER_LIMIT_MS, checkAPI: false });
  }

  /** Creates or updates a stream, unless this was done on this connection. */
  ensure(declare: (replicas: number) => Partial<StreamConfig> & { name: string }): Promise<void> {
    const config = declare(this.#replicas);
    const { generation } = this.#link;
    const known = this.#ensured.get(config.name);
    if (known?.generation === generation) return known.done;
    const done = this.#declare(config);
    this.#ensured.set(config.name, { generation, done });
    done.catch(() => this.forget(config.name));
    return done;
  }

  ensureJob(job: JobName): Promise<void> {
    return this.ensure((replicas) => jobStream(job, replicas));
  }

  /** Makes the next use of a stream check it again, since the stream may be gone. */
  forget(name: string): void {
    this.#ensured.delete(name);
  }

  /** @returns the consumer of a group for a job; creates consumer and stream when missing */
  async consumer(job: JobName, group: string): Promise<Consumer> {
    await this.ensureJob(job);
    const stream = streamOf(job);
    const { consumers } = await this.manager();
    const config = consumerOf(group);
    if (await found(consumers.info(stream, group))) await consumers.update(stream, group, config);
    else await consumers.add(stream, { ...config, ...beginning(Date.now()) });
    return this.#link.connection.jetstream({ timeout: ANSWER_LIMIT_MS }).consumers.get(stream, group);
  }

  async #declare(config: Partial<StreamConfig> & { name: string }): Promise<void> {
    const { streams } = await this.manager();
    if (await found(streams.info(config.name))) await streams.update(config.name, config);
    else await streams.add(config);
  }
}

/** @returns the result, or null when the server answers "not found" */
export async function found<T>(asked: Promise<T>): Promise<T | null> {
  try {
    return await asked;
  } catch (error) {
    const code = error instanceof NatsError ? error.api_error?.err_code : undefined;
    if (code === STREAM_NOT_FOUND || code === CONSUMER_NOT_FOUND || code === MESSAGE_NOT_FOUND) return null;
    throw error;
  }
}

/** Whether no stream took the message: the stream is gone, or the server is not ready to store messages. */
export function isNoResponders(error: unknown): boolean {
  return error instanceof NatsError && error.code === "503";
}
