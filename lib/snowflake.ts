import { randomInt } from "node:crypto";

/** Twitter's epoch: Snowflake ids count milliseconds since 4 November 2010. */
export const EPOCH = 1_288_834_974_657;
const LAST_SEQUENCE = 4095;
const WORKERS = 1024;
/**
 * A generator follows ids of other nodes up to 1 day ahead of its own clock. No node can tell which of two clocks is
 * wrong, but ids out of order make clients miss tweets, while a wrong time only looks odd. Ids further ahead are
 * ignored, because following one would spoil all later ids.
 */
const MAX_AHEAD_MS = 86_400_000;

/**
 * Makes Snowflake ids as 19-digit decimal strings: 41 bits of milliseconds since {@link EPOCH}, 10 of worker, 12 of
 * sequence. String order is time order from 2018 to 2080.
 *
 * The clock is a hybrid logical one (Kulkarni et al., "Logical Physical Clocks", 2014). It never runs backwards, and
 * {@link observe} moves it past the ids of other nodes, so that a node whose clock was set back still generates ids
 * newer than all ids it has seen.
 */
export class SnowflakeGenerator {
  readonly #worker: bigint;
  readonly #now: () => number;
  #lastMs = 0;
  #sequence = 0;

  constructor(now: () => number = Date.now, worker: number = randomInt(WORKERS)) {
    this.#now = now;
    this.#worker = BigInt(worker);
  }

  /** The next id, larger than every id that this generator has returned or {@link observe}d. */
  next(): string {
    const now = this.#now();
    if (now > this.#lastMs) {
      this.#lastMs = now;
      this.#sequence = 0;
    } else if (this.#sequence < LAST_SEQUENCE) {
      this.#sequence++;
    } else {
      this.#lastMs++;
      this.#sequence = 0;
    }
    const id = (BigInt(this.#lastMs - EPOCH) << 22n) | (this.#worker << 12n) | BigInt(this.#sequence);
    return id.toString().padStart(19, "0");
  }

  /** The time of the next id, in milliseconds since 1970; never earlier than the time of an observed id. */
  time(): number {
    return Math.max(this.#now(), this.#lastMs);
  }

  /** Moves the clock past an id of another node. */
  observe(id: string): void {
    const ms = timeOf(id);
    if (ms > this.#lastMs && ms < this.#now() + MAX_AHEAD_MS) {
      this.#lastMs = ms;
      this.#sequence = LAST_SEQUENCE;
    }
  }
}

/** The time in an id, in milliseconds since 1970. */
export function timeOf(id: string): number {
  return Number(BigInt(id) >> 22n) + EPOCH;
}

/** The smallest id of a time in milliseconds since 1970: a cursor for everything from this time on. */
export function idAt(ms: number): string {
  return (BigInt(Math.max(0, Math.floor(ms) - EPOCH)) << 22n).toString().padStart(19, "0");
}

/** A client's cursor, padded so that it compares as a string; null unless it is a 64-bit number. */
export function normalizeId(text: string): string | null {
  if (!/^\d{1,19}$/.test(text)) return null;
  const padded = text.padStart(19, "0");
  return padded <= "9223372036854775807" ? padded : null;
}
