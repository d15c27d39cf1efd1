import { type Consumer, type JetStreamManager, NatsError, type StreamConfig } from "nats";
import type { JobName } from "../../contract/events.ts";
import type { NatsLink } from "../nats/link.ts";
import { beginning, consumerOf, jobStream, streamOf } from "./jetstream-names.ts";

/** How long the server may take to answer, in milliseconds. */
export const ANSWER_LIMIT = 3000;
/** JetStream's codes for what is not there. */
const STREAM_NOT_FOUND = 10059;
const CONSUMER_NOT_FOUND = 10014;
const MESSAGE_NOT_FOUND = 10037;

/**
 * Sees to it that streams and consumers are there, and as they are declared, before they are used. Each is looked after
 * once per connection, and again when it turns out to be gone.
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
    // Without its look whether the server has JetStream: the first request tells as well.
    return this.#link.connection.jetstreamManager({ timeout: ANSWER_LIMIT, checkAPI: false });
  }

  /** Creates or updates a stream, unless that was done already. */
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

  /** The stream may be gone: it is looked after again before it is used next. */
  forget(name: string): void {
    this.#ensured.delete(name);
  }

  /** @returns a group's consumer of a job; it and the stream are made where they are missing */
  async consumer(job: JobName, group: string): Promise<Consumer> {
    await this.ensureJob(job);
    const stream = streamOf(job);
    const { consumers } = await this.manager();
    const config = consumerOf(group);
    if (await found(consumers.info(stream, group))) await consumers.update(stream, group, config);
    else await consumers.add(stream, { ...config, ...beginning(Date.now()) });
    return this.#link.connection.jetstream({ timeout: ANSWER_LIMIT }).consumers.get(stream, group);
  }

  async #declare(config: Partial<StreamConfig> & { name: string }): Promise<void> {
    const { streams } = await this.manager();
    if (await found(streams.info(config.name))) await streams.update(config.name, config);
    else await streams.add(config);
  }
}

/** @returns what was asked for, or null when the server says that there is no such thing */
export async function found<T>(asked: Promise<T>): Promise<T | null> {
  try {
    return await asked;
  } catch (error) {
    const code = error instanceof NatsError ? error.api_error?.err_code : undefined;
    if (code === STREAM_NOT_FOUND || code === CONSUMER_NOT_FOUND || code === MESSAGE_NOT_FOUND) return null;
    throw error;
  }
}

/** Whether nobody took the message: its stream is gone, or the server is not ready to store anything. */
export function isNoResponders(error: unknown): boolean {
  return error instanceof NatsError && error.code === "503";
}
