import type { Findings } from "./findings.ts";
import type { Try } from "./http.ts";

/** How long things took, in milliseconds. */
export function createLatencies() {
  const all: number[] = [];
  return {
    add: (milliseconds: number): void => void all.push(milliseconds),
    get count(): number {
      return all.length;
    },
    /** @returns the time within which this part (0.99, say) of all was done, NaN when there is none */
    percentile(part: number): number {
      const sorted = Float64Array.from(all).sort();
      return sorted[Math.max(0, Math.ceil(sorted.length * part) - 1)] ?? NaN;
    },
  };
}

export type Latencies = ReturnType<typeof createLatencies>;

/** What a run counts on its way. */
export function createMeasures() {
  return {
    /** From the first try to the acknowledgement. */
    post: createLatencies(),
    /** From the first try to post until the tweet is on a socket. */
    live: createLatencies(),
    /** One page of a feed. */
    read: createLatencies(),
    retries: 0,
    /** Feeds in which a tweet belongs at the moment it is posted, over all tweets. */
    deliveriesDue: 0,
    /** Seconds that all sign-ups took, and all follows. */
    signupSeconds: 0,
    followSeconds: 0,
    /** Seconds of the time in which tweets were posted. */
    loadSeconds: 0,
    /** Seconds that reading all feeds took. */
    auditSeconds: 0,
    pagesAudited: 0,
  };
}

export type Measures = ReturnType<typeof createMeasures>;

/** Counts the tries that failed: those that an outage explains are retries, and the others wrong as well. */
export function countTry(measures: Measures, findings: Findings, { ask, status, ok }: Try): void {
  if (ok) return;
  measures.retries += 1;
  if (status !== null && status < 500 && status !== 429) {
    findings.add("wrongAnswer", `${status} to ${ask.method} ${ask.path}`);
  }
}

/** @returns seconds of `performance.now()` since a moment of it */
export function secondsSince(began: number): number {
  return (performance.now() - began) / 1000;
}
