/** What came of the requests of one second or of a whole run. Latencies are in milliseconds, from when a request was due. */
export interface Measures {
  readonly seconds: number;
  readonly sent: number;
  /** Requests that were due and not sent, because all connections waited for answers. */
  readonly held: number;
  /** Answers below 400, a second. */
  readonly goodput: number;
  /** Answers of 503, and how soon they came. */
  readonly refused: number;
  readonly refusedP50: number;
  readonly refusedP99: number;
  /** Other answers, lost connections, and requests without an answer. */
  readonly failed: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
}

/** Collects the outcomes of requests. */
export class Collector {
  sent = 0;
  held = 0;
  #failed = 0;
  readonly #good: number[] = [];
  readonly #refused: number[] = [];

  add(status: number | null, latencyMs: number): void {
    if (status !== null && status < 400) this.#good.push(latencyMs);
    else if (status === 503) this.#refused.push(latencyMs);
    else this.#failed++;
  }

  /** @param seconds the time in which the requests were due */
  measures(seconds: number): Measures {
    const good = this.#good.sort((a, b) => a - b);
    const refused = this.#refused.sort((a, b) => a - b);
    return {
      seconds,
      sent: this.sent,
      held: this.held,
      goodput: good.length / seconds,
      refused: refused.length,
      refusedP50: quantile(refused, 0.5),
      refusedP99: quantile(refused, 0.99),
      failed: this.#failed + (this.sent - good.length - refused.length - this.#failed),
      p50: quantile(good, 0.5),
      p95: quantile(good, 0.95),
      p99: quantile(good, 0.99),
    };
  }
}

/** @param sorted ascending @returns 0 for an empty list */
export function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}

/** Time by the clock that all processes of this machine share, in milliseconds since its start. */
export function now(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
