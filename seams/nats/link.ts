import { setTimeout as pause } from "node:timers/promises";
import { connect, type ConnectionOptions, Events, type NatsConnection } from "nats";
import type { NatsFiles } from "../../config/files.ts";
import { messageOf } from "../../lib/errors.ts";
import { createReminder } from "../../lib/reminder.ts";
import { natsOptions } from "./options.ts";
import { natsRefusalOf } from "./refusals.ts";

/** The log for connection events, such as one of the broker's loggers. */
export type Log = Record<"error" | "warn" | "info" | "debug", (...parts: unknown[]) => void>;

/** {@link NatsLink.open} waits this long for a missing server. */
const OPEN_LIMIT_MS = 2000;
/** The wait between two attempts to get the first connection. */
const RETRY_WAIT_MS = 500;
/** While NATS refuses this node, the log says so this often. */
const REMINDER_INTERVAL_MS = 30_000;
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
  readonly #options: ConnectionOptions;
  readonly #files: NatsFiles;
  readonly #log: Log;
  readonly #reminder = createReminder(REMINDER_INTERVAL_MS);
  #connection: NatsConnection | null = null;
  #isUp = false;
  #generation = 0;
  #refusal: string | null = null;
  readonly #closing = new AbortController();

  /** @throws ConfigError when one of the files can't be used */
  constructor(url: string, name: string, log: Log, files: NatsFiles = {}) {
    this.#options = natsOptions(url, name, files);
    this.#files = files;
    this.#log = log;
  }

  /**
   * Why NATS has refused this node ever since its start, for an operator; else null. A node that was once connected goes
   * on without NATS, as in an outage.
   */
  get refusal(): string | null {
    return this.#generation === 0 ? this.#refusal : null;
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
        const connection = await connect(this.#options);
        if (signal.aborted) return await connection.close();
        failures = 0;
        this.#connection = connection;
        this.#up();
        onConnected();
        await this.#follow(connection);
      } catch (error) {
        if (!this.#noteRefusal(error)) {
          // Warn once: repeating it each half second would flood the log.
          this.#log[failures++ === 0 ? "warn" : "debug"]("NATS can't be reached; retrying:", this.#explain(error));
        }
        await pause(RETRY_WAIT_MS, undefined, { signal }).catch(() => undefined);
      }
    }
  }

  #up(): void {
    this.#generation++;
    this.#isUp = true;
    this.#refusal = null;
    this.#reminder.reset();
    this.#log.info("Connected to NATS");
  }

  #down(): void {
    if (this.#isUp && !this.#closing.signal.aborted) this.#log.warn("The connection to NATS is lost; reconnecting");
    this.#isUp = false;
  }

  #explain(error: unknown): string {
    const { tls } = this.#options;
    // The client tells no more when the server ends the connection because it misses the client's certificate.
    const missesCertificate = (error as { code?: unknown }).code === "TIMEOUT" && tls && this.#files.cert === undefined;
    return messageOf(error) + (missesCertificate ? ". If this NATS demands a certificate, set NATS_CERT" : "");
  }

  /** @returns whether NATS refuses this node; the log then says why, now and then */
  #noteRefusal(error: unknown): boolean {
    this.#refusal = natsRefusalOf(error, this.#files);
    if (this.#refusal !== null && this.#reminder.isDue()) this.#log.error(`${this.#refusal}. Trying again`);
    return this.#refusal !== null;
  }

  async #follow(connection: NatsConnection): Promise<void> {
    for await (const { type, data } of connection.status()) {
      if (type === Events.Disconnect) this.#down();
      else if (type === Events.Reconnect) this.#up();
      else if (type === Events.Error) this.#noteRefusal(data);
    }
    this.#down();
    const error = await connection.closed();
    if (error) throw error;
  }
}
