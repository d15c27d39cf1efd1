import { setTimeout as pause } from "node:timers/promises";
import { connect, Events, type NatsConnection } from "nats";
import { messageOf } from "../../lib/errors.ts";
import { natsOptions } from "./options.ts";

/** The log for connection events, such as one of the broker's loggers. */
export type Log = Record<"error" | "warn" | "info" | "debug", (...parts: unknown[]) => void>;

/** {@link NatsLink.open} waits this long for a missing server. */
const OPEN_LIMIT_MS = 2000;
/** The wait between two attempts to get the first connection. */
const RETRY_WAIT_MS = 500;
/** When the link closes, the last messages must reach the server within this time. */
const FLUSH_LIMIT_MS = 2000;

/** There is no connection to NATS at the moment. */
export class NotConnectedError extends Error {
  override name = "NotConnectedError";
  constructor() {
    super("NATS can't be reached at the moment");
  }
}

/**
 * A connection to NATS that reconnects without limit. While there is no connection, callers fail at once rather than
 * after a timeout.
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

  /** The number of connections so far. Facts about the server, such as its streams, may change with each connection. */
  get generation(): number {
    return this.#generation;
  }

  /** @throws NotConnectedError */
  get connection(): NatsConnection {
    if (!this.#connection || !this.#isUp) throw new NotConnectedError();
    return this.#connection;
  }

  /** Resolves when connected. If the server is not reachable, resolves after a moment and keeps trying. */
  async open(): Promise<void> {
    const connected = new Promise<void>((resolve) => void this.#keepConnected(resolve));
    const waiting = new AbortController();
    await Promise.race([connected, pause(OPEN_LIMIT_MS, undefined, { signal: waiting.signal })]);
    waiting.abort();
  }

  async close(): Promise<void> {
    this.#closing.abort();
    if (this.#connection && this.#isUp) {
      const flushed = this.#connection.flush().catch((error: unknown) => {
        this.#log.warn("The last messages to NATS may be lost:", messageOf(error));
      });
      const waiting = new AbortController();
      await Promise.race([flushed, pause(FLUSH_LIMIT_MS, undefined, { signal: waiting.signal })]);
      waiting.abort();
    }
    await this.#connection?.close();
    this.#isUp = false;
  }

  /** Replaces the client if it gives up; usually the client reconnects by itself. */
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
        // Warn once: repeating it each half second would flood the log.
        this.#log[failures++ === 0 ? "warn" : "debug"]("NATS can't be reached; retrying:", messageOf(error));
        await pause(RETRY_WAIT_MS, undefined, { signal }).catch(() => undefined);
      }
    }
  }

  #up(): void {
    this.#generation++;
    this.#isUp = true;
    this.#log.info("Connected to NATS");
  }

  #down(): void {
    if (this.#isUp && !this.#closing.signal.aborted) this.#log.warn("The connection to NATS is lost; reconnecting");
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
