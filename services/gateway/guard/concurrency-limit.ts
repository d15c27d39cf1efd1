import { getHeapStatistics } from "node:v8";

/** The most requests that a node works on at once. More only fill the memory, because they wait for the same stores. */
const CONCURRENCY_LIMIT = 256;
/** This many never hurt, whatever the latency. */
const CONCURRENCY_LEAST = 16;
/** Latency may rise to this multiple of that without load before the limit falls. */
const LATENCY_TOLERANCE = 2;
/** How fast the latency without load follows a measurement: quickly without load, and hardly at all under load. */
const BASELINE_WEIGHT = 0.1;
const BASELINE_DRIFT = 0.001;
/** While the event loop has this much time to spare, requests wait for stores, and more of them at once do no harm. */
const BUSY_SHARE = 0.9;
/** Fewer requests tell nothing. */
const LEAST_SAMPLES = 10;
/** When the heap is this full, only the least number of requests is worked on: a page of tweets may take megabytes. */
const HEAP_SHARE = 0.8;
const HEAP_LOOK_EVERY_MS = 10;

/**
 * Finds how many requests a node should work on at once, as Netflix's Gradient2 does: while all places are taken, the
 * limit falls when latency rises and the event loop is busy, because then requests only wait for each other. Answers of
 * 500 and above don't count, because a store that is down must not throttle what the caches can answer.
 */
export function createConcurrencyLimit() {
  let limit = CONCURRENCY_LIMIT;
  let baselineMs = 0;
  let sumMs = 0;
  let samples = 0;
  let wasFull = false;
  let loop = performance.eventLoopUtilization();
  let heapIsFull = false;
  let heapLookedAt = -Infinity;

  function isHeapFull(): boolean {
    const now = performance.now();
    if (now - heapLookedAt > HEAP_LOOK_EVERY_MS) {
      const { used_heap_size: used, heap_size_limit: most } = getHeapStatistics();
      heapIsFull = used > most * HEAP_SHARE;
      heapLookedAt = now;
    }
    return heapIsFull;
  }

  return {
    /** Whether one more request may be worked on. @param working the number of those that are */
    allows(working: number): boolean {
      if (working < CONCURRENCY_LEAST) return true;
      if (working < limit) return !isHeapFull();
      wasFull = true;
      return false;
    },

    /** Notes how long a request took. */
    measure(latencyMs: number): void {
      sumMs += latencyMs;
      samples++;
    },

    /** Adapts the limit to the measurements since the last call. Call it a few times a second. */
    adapt(): void {
      if (samples < LEAST_SAMPLES) return;
      const meanMs = sumMs / samples;
      const weight = baselineMs === 0 ? 1 : wasFull ? BASELINE_DRIFT : BASELINE_WEIGHT;
      baselineMs += (meanMs - baselineMs) * weight;
      const { utilization } = performance.eventLoopUtilization(loop);
      loop = performance.eventLoopUtilization();
      const mayFall = wasFull && utilization > BUSY_SHARE;
      const gradient = mayFall ? Math.max(0.5, Math.min(1, (LATENCY_TOLERANCE * baselineMs) / meanMs)) : 1;
      limit = Math.max(CONCURRENCY_LEAST, Math.min(CONCURRENCY_LIMIT, limit * gradient + Math.sqrt(limit)));
      sumMs = samples = 0;
      wasFull = false;
    },
  };
}
