import { setTimeout as pause } from "node:timers/promises";
import { connect, Events, type NatsConnection } from "nats";
import { messageOf } from "../../lib/errors.ts";
import { natsOptions } from "./options.ts";

/** Where it is told what happens: one of the broker's loggers. */
export type Log = Record<"error" | "warn" | "info" | "debug", (...parts: unknown[]) => void>;

/** How long {@link NatsLink.open} waits for a server that is not there, in milliseconds. */
const PATIENCE = 2000;
/** Between two tries to get the first connection, in milliseconds. */
const RETRY_WAIT = 500;
/** How long what was written last may take to reach the server when the link is closed, in milliseconds. */
const FLUSH_LIMIT = 2000;

/** There is no connection to NATS at the moment. */
export class NotConnectedError extends Error {
  override name = "NotConnectedError";
  constructor() {
    super("NATS can't be reached at the moment");
  }
}

/**
 * A connection to NATS that is made again whenever it is lost, without end. While there is none, whoever asks for it is
 * told so at once, rather than after a timeout.
 */
export class NatsLink {
  readonly #url: string;
  readonly #name: string;
  readonly #log: Log;
  #connection: NatsConnection | null = null;
  #isUp = false;
  #generation = 0;
  readonly #closing = new AbortController();

  constructor(url: string, name: string, log: Log) {
    this.#url = url;
    this.#name = name;
    this.#log = log;
  }

  /** Counts the connections so far: what is known of the server holds for one of them. */
  get generation(): number {
    return this.#generation;
  }

  /** @throws NotConnectedError */
  get connection(): NatsConnection {
    if (!this.#connection || !this.#isUp) throw new NotConnectedError();
    return this.#connection;
  }

  /** Resolves when connected, or after a moment when the server is not there yet; it goes on trying. */
  async open(): Promise<void> {
    const connected = new Promise<void>((resolve) => void this.#keepConnected(resolve));
    const waiting = new AbortController();
    await Promise.race([connected, pause(PATIENCE, undefined, { signal: waiting.signal })]);
    waiting.abort();
  }

  async close(): Promise<void> {
    this.#closing.abort();
    if (this.#connection && this.#isUp) {
      const flushed = this.#connection.flush().catch((error: unknown) => {
        this.#log.warn("The last messages to NATS may not have arrived:", messageOf(error));
      });
      const waiting = new AbortController();
      await Promise.race([flushed, pause(FLUSH_LIMIT, undefined, { signal: waiting.signal })]);
      waiting.abort();
    }
    await this.#connection?.close();
    this.#isUp = false;
  }

  /** The client connects again by itself; should it ever give up, it is replaced. */
  async #keepConnected(onConnected: () => void): Promise<void> {
    const { signal } = this.#closing;
    for (let failures = 0; !signal.aborted;) {
      try {
        const connection = await connect(natsOptions(this.#url, this.#name));
        if (signal.aborted) return await connection.close();
        failures = 0;
        this.#connection = connection;
        this.#up();
        onConnected();
        await this.#follow(connection);
      } catch (error) {
        // Said once; a server that is not there yet is nothing new each half second.
        this.#log[failures++ === 0 ? "warn" : "debug"]("NATS can't be reached, trying on:", messageOf(error));
        await pause(RETRY_WAIT, undefined, { signal }).catch(() => undefined);
      }
    }
  }

  #up(): void {
    this.#generation++;
    this.#isUp = true;
    this.#log.info("Connected to NATS");
  }

  #down(): void {
    if (this.#isUp && !this.#closing.signal.aborted) this.#log.warn("The connection to NATS is lost, trying on");
    this.#isUp = false;
  }

  async #follow(connection: NatsConnection): Promise<void> {
    for await (const { type } of connection.status()) {
      if (type === Events.Disconnect) this.#down();
      else if (type === Events.Reconnect) this.#up();
    }
    this.#down();
    const error = await connection.closed();
    if (error) throw error;
  }
}
