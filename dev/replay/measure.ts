import type { Findings } from "./findings.ts";
import type { Try } from "./http.ts";

/** Collects durations in milliseconds. */
function createLatencies() {
  const all: number[] = [];
  return {
    add: (milliseconds: number): void => void all.push(milliseconds),
    get count(): number {
      return all.length;
    },
    /** @returns the duration (ms) that this part of all requests, for example 0.99, did not exceed; NaN without any */
    percentile(part: number): number {
      const sorted = Float64Array.from(all).sort();
      return sorted[Math.max(0, Math.ceil(sorted.length * part) - 1)] ?? NaN;
    },
  };
}

export type Latencies = ReturnType<typeof createLatencies>;

/** The counters and durations of a run. */
export function createMeasures() {
  return {
    /** From the first try to the acknowledgement. */
    post: createLatencies(),
    /** From the first try to post until the tweet arrives on a socket. */
    live: createLatencies(),
    /** One page of a feed. */
    read: createLatencies(),
    retries: 0,
    /** The number of feeds that each tweet belongs in when it is posted, summed over all tweets. */
    deliveriesDue: 0,
    signupSeconds: 0,
    followSeconds: 0,
    loadSeconds: 0,
    /** The time for reading all feeds. */
    auditSeconds: 0,
    pagesAudited: 0,
  };
}

export type Measures = ReturnType<typeof createMeasures>;

/** Counts a failed try as a retry, and reports its answer as wrong unless an outage or a limit explains it. */
export function countTry(measures: Measures, findings: Findings, { ask, status, ok }: Try): void {
  if (ok) return;
  measures.retries += 1;
  if (status !== null && status < 500 && status !== 429) {
    findings.add("wrongAnswer", `${status} to ${ask.method} ${ask.path}`);
  }
}

/** @returns the seconds since `began`, a time by `performance.now()` */
export function secondsSince(began: number): number {
  return (performance.now() - began) / 1000;
}
