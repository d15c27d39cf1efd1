import { randomInt } from "node:crypto";

/** Twitter's epoch: the millisecond from which Snowflake ids count. */
export const EPOCH = 1_288_834_974_657;
const LAST_SEQUENCE = 4095;
const WORKERS = 1024;
/**
 * How far ahead of this node's clock an id may be and still be followed: 1 day. Which of two clocks is wrong nobody can
 * tell, but ids that don't follow each other make clients miss tweets, and a wrong time makes them only look odd. What
 * is further ahead would spoil ids for good.
 */
const BELIEVABLE_AHEAD = 86_400_000;

/**
 * Makes Snowflake ids as 19-digit decimal strings: 41 bits of milliseconds since {@link EPOCH}, 10 of worker, 12 of
 * sequence. String order is time order from 2018 to 2080.
 *
 * The clock is a hybrid logical one (Kulkarni et al., "Logical Physical Clocks", 2014): it never runs backwards, and
 * {@link observe} moves it past the ids of other nodes, so that a node whose clock was set back still gives out ids
 * that are newer than those it has seen.
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

  /** The next id; larger than every id this generator has given out or {@link observe}d. */
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

  /** The time that the next id will carry, in milliseconds since 1970: never before that of an id seen. */
  time(): number {
    return Math.max(this.#now(), this.#lastMs);
  }

  /** Takes note of an id that another node gave out. */
  observe(id: string): void {
    const ms = timeOf(id);
    if (ms > this.#lastMs && ms < this.#now() + BELIEVABLE_AHEAD) {
      this.#lastMs = ms;
      this.#sequence = LAST_SEQUENCE;
    }
  }
}

/** The time that an id carries, in milliseconds since 1970. */
export function timeOf(id: string): number {
  return Number(BigInt(id) >> 22n) + EPOCH;
}

/** The smallest id of a time, in milliseconds since 1970: a cursor for "from then on". */
export function idAt(ms: number): string {
  return (BigInt(Math.max(0, Math.floor(ms) - EPOCH)) << 22n).toString().padStart(19, "0");
}

/** A client's cursor in the form that compares as a string, or null when it is no 64-bit number. */
export function normalizeId(text: string): string | null {
  if (!/^\d{1,19}$/.test(text)) return null;
  const padded = text.padStart(19, "0");
  return padded <= "9223372036854775807" ? padded : null;
}
