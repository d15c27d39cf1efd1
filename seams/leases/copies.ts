import { createLru } from "../../lib/lru.ts";

/** A copy, and until when it may be used. */
interface Copy<V> {
  readonly value: V;
  /** By `performance.now()`. */
  readonly validUntil: number;
}

export interface CopiesOptions {
  /** The most copies. */
  max: number;
  /** For so long a copy may be used, from the moment when it was asked for. */
  leaseMs: number;
  /** Whether this node hears of changes. */
  isReached: () => boolean;
}

/**
 * Copies of another service's values in the memory of this node. Each is used for the time of a lease, then it is asked
 * for again; whoever changes a value makes all nodes forget it before the lease is over ({@link Leases.revoke}).
 */
export class Copies<V extends object> {
  readonly #copies: ReturnType<typeof createLru<Copy<V>>>;
  /** When each value was revoked, for as long as an older answer may still arrive and be within its lease. */
  readonly #revoked = new Map<string, number>();
  readonly #options: CopiesOptions;

  constructor(options: CopiesOptions) {
    this.#options = options;
    this.#copies = createLru({ max: options.max });
  }

  /** @returns undefined when there is no copy, or its lease is over */
  get(key: string): V | undefined {
    const copy = this.#copies.get(key);
    return copy && performance.now() < copy.validUntil && this.#options.isReached() ? copy.value : undefined;
  }

  /**
   * Keeps a value.
   *
   * @param askedAt when it was asked for, by `performance.now()`: the value may have changed since
   */
  keep(key: string, value: V, askedAt: number): void {
    const validUntil = askedAt + this.#options.leaseMs;
    if (performance.now() >= validUntil || (this.#revoked.get(key) ?? -Infinity) >= askedAt) return;
    this.#copies.set(key, { value, validUntil });
  }

  /** Forgets values that have changed, and keeps no value of them that was asked for earlier. */
  forget(keys: readonly string[]): void {
    const now = performance.now();
    for (const [key, at] of this.#revoked) {
      if (now - at <= this.#options.leaseMs) break;
      this.#revoked.delete(key);
    }
    for (const key of keys) {
      this.#copies.delete(key);
      // In the order of time, so that the oldest come first.
      this.#revoked.delete(key);
      this.#revoked.set(key, now);
    }
  }
}
