/** While other requests wait, refusing may take this share of the time; reading the requests takes about as much again. */
const SHARE = 0.1;
/** Time that was not used for refusing is saved up to this much, so that a few refusals go out at once. */
const SAVED_MS = 2;
/** While none wait, refusals are sent for this long at a time. */
const IDLE_MS = 1;
/** Nobody waits for a refusal longer than this. */
const LATEST_MS = 1000;

/** A request that is to be refused. */
export interface Refused {
  refuse(): void;
}

export type Refuser = ReturnType<typeof createRefuser>;

/**
 * Sends refusals, the oldest first, in a bounded share of the time. Clients that repeat a refused request at once, against
 * `Retry-After`, would otherwise keep a node busy with nothing but refusing: here they wait for their next refusal.
 */
export function createRefuser() {
  /** With the times from which they wait, by `performance.now()`. */
  const due = new Map<Refused, number>();
  let savedMs = SAVED_MS;
  let savedAt = performance.now();

  /**
   * Sends as many refusals as there is time for. Call it often.
   *
   * @param isIdle whether no other requests wait
   */
  function run(isIdle = false): void {
    let now = performance.now();
    savedMs = Math.min(SAVED_MS, savedMs + (now - savedAt) * SHARE);
    savedAt = now;
    if (isIdle) savedMs = Math.max(savedMs, IDLE_MS);
    for (const [refused, since] of due) {
      if (savedMs <= 0 && now - since < LATEST_MS) break;
      due.delete(refused);
      refused.refuse();
      const after = performance.now();
      savedMs -= after - now;
      now = after;
    }
  }

  return {
    add(refused: Refused): void {
      due.set(refused, performance.now());
      run();
    },
    run,
    get length(): number {
      return due.size;
    },
  };
}
