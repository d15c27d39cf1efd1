import { createConcurrencyLimit } from "./concurrency-limit.ts";
import { FairQueue, type Job } from "./fair-queue.ts";

/** A place among the requests that are worked on. */
export interface Place {
  /** Gives the place to the next request. The argument says whether the time that it took tells about the load. */
  readonly free: (ok: boolean) => void;
}

/**
 * In one turn of the event loop, at most so many requests begin, and none after so long: what a request does before it
 * first waits runs to its end within the turn. New requests are read only between turns, and those that must be refused,
 * and health checks, should not wait.
 */
const TURN_LIMIT = 4;
const TURN_LIMIT_MS = 5;
/** More waiting requests are no burst: from then on the node counts as overloaded. */
const BACKLOG_LIMIT = 1000;
/** This many waiting requests, if they don't get fewer for a while, mean an overload. Fewer are only a busy moment. */
const BACKLOG_HIGH = 200;
/** A backlog counts as getting no smaller while it keeps this share from one look to the next. */
const BACKLOG_STEADY_SHARE = 0.95;
const LOOK_EVERY_MS = 250;
/** Looks in a row at a high backlog that mean an overload. A burst of hundreds of requests is smaller by then. */
const STEADY_LOOKS = 4;
/** While a node is overloaded, so many requests wait, and none longer than this. */
const OVERLOADED_BACKLOG_LIMIT = 16;
const OVERLOADED_WAIT_MS = 100;
/** Clients have given up by then. */
const WAIT_LIMIT_MS = 10_000;
/** A node that had to shed nothing for so long is not overloaded any more. */
const OVERLOAD_ENDS_AFTER_MS = 1000;

export type WorkQueue = ReturnType<typeof createWorkQueue>;

/**
 * Decides which requests are worked on, and when. Clients take turns. A burst waits for as long as it takes. In an overload
 * only a few requests wait, the newest of a client is its next, and for each that is too many the oldest is shed: otherwise
 * all would wait for so long that no answer comes in time (adaptive LIFO and controlled delay, after "Fail at Scale",
 * ACM Queue 13:8).
 */
export function createWorkQueue() {
  const limit = createConcurrencyLimit();
  const waiting = new FairQueue();
  let working = 0;
  /** Requests that will begin in the next turn. */
  let planned = 0;
  let isNewTurn = false;
  let turnBeganAt = 0;
  let isOverloaded = false;
  let lastShedAt = -Infinity;
  let lastLength = 0;
  let steadyLooks = 0;

  function shed(job: Job): void {
    if (job.isGone()) return;
    lastShedAt = performance.now();
    job.shed();
  }

  function shedLate(now: number): void {
    waiting.takeOlder(now - (isOverloaded ? OVERLOADED_WAIT_MS : WAIT_LIMIT_MS)).forEach(shed);
  }

  function next(): Job | undefined {
    while (waiting.length > 0 && limit.allows(working)) {
      const job = waiting.take(isOverloaded)!;
      if (!job.isGone()) return job;
    }
    return undefined;
  }

  function run(): void {
    const now = performance.now();
    if (isNewTurn) turnBeganAt = now;
    isNewTurn = false;
    const job = now - turnBeganAt > TURN_LIMIT_MS ? undefined : next();
    planned--;
    if (planned === 0) plan();
    job?.begin();
  }

  /** Lets requests begin in the next turn. */
  function plan(): void {
    if (!limit.allows(working)) return;
    if (planned === 0) isNewTurn = true;
    for (; planned < TURN_LIMIT && planned < waiting.length; planned++) setImmediate(run);
  }

  function look(): void {
    const now = performance.now();
    limit.adapt();
    const isSteady = waiting.length > BACKLOG_HIGH && waiting.length >= lastLength * BACKLOG_STEADY_SHARE;
    steadyLooks = isSteady ? steadyLooks + 1 : 0;
    lastLength = waiting.length;
    if (steadyLooks >= STEADY_LOOKS) {
      isOverloaded = true;
      lastShedAt = now;
    } else if (isOverloaded && now - lastShedAt > OVERLOAD_ENDS_AFTER_MS) {
      isOverloaded = false;
    }
    shedLate(now);
    plan();
  }
  setInterval(look, LOOK_EVERY_MS).unref();

  return {
    get isOverloaded(): boolean {
      return isOverloaded;
    },

    /** @param client those with the same name share a turn */
    offer(client: string, job: Job): void {
      waiting.push(client, job);
      if (waiting.length > BACKLOG_LIMIT) isOverloaded = true;
      if (isOverloaded) {
        while (waiting.length > OVERLOADED_BACKLOG_LIMIT) shed(waiting.takeFromLargest());
        shedLate(job.arrivedAt);
      }
      plan();
    },

    /** Takes a place for work that has begun. */
    take(): Place {
      const beganAt = performance.now();
      let isFree = false;
      working++;
      return {
        free(ok) {
          if (isFree) return;
          isFree = true;
          working--;
          if (ok) limit.measure(performance.now() - beganAt);
          plan();
        },
      };
    },
  };
}
