import { createConcurrencyLimit } from "./concurrency-limit.ts";
import { FairQueue, type Job } from "./fair-queue.ts";
import { createGroupSize } from "./group-size.ts";
import type { Refuser } from "./refuser.ts";

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
const TURN_LIMIT = 64;
const TURN_LEAST_MS = 2;
const TURN_MOST_MS = 4;
/** A turn may take this multiple of the time in which new requests were read before, or reading would take all time. */
const TURN_SHARE = 4;
/** The most requests that wait. */
const BACKLOG_LIMIT = 1000;
/** This many waiting requests mean an overload, if others keep coming. Fewer are only a busy moment. */
const BACKLOG_HIGH = 200;
/** Others keep coming while at least this many come for each that begins. After a burst, few do. */
const ARRIVALS_PER_BEGINNING = 0.8;
const LOOK_EVERY_MS = 250;
/** Looks in a row that must find it so. On a slow machine, a burst of hundreds of requests takes a second to arrive. */
const STEADY_LOOKS = 4;
/** A look at which more requests came than may wait counts for several. */
const FULL_LOOKS = 2;
/** While a node is overloaded, so many requests wait, and none longer than this. */
const OVERLOADED_BACKLOG_LIMIT = 12;
const OVERLOADED_WAIT_MS = 100;
/** Clients have given up by then. */
const WAIT_LIMIT_MS = 20_000;
/** A node that had to shed no more than this share of the requests for so long is not overloaded any more. */
const OVERLOAD_LEAST_SHARE = 0.05;
const OVERLOAD_ENDS_AFTER_MS = 1000;

export type WorkQueue = ReturnType<typeof createWorkQueue>;

/**
 * Decides which requests are worked on, and when. Clients take turns. A burst waits for as long as it takes. In an overload
 * only a few requests wait, the newest of a client is its next, and for each that is too many the oldest is shed: otherwise
 * all would wait for so long that no answer comes in time (adaptive LIFO and controlled delay, after "Fail at Scale",
 * ACM Queue 13:8).
 *
 * @param hasRoom whether there is memory for another answer; requests wait while there is none
 * @param refuser gets the requests that are shed
 */
export function createWorkQueue(hasRoom: () => boolean, refuser: Refuser) {
  const limit = createConcurrencyLimit();
  const group = createGroupSize();
  const waiting = new FairQueue();
  let working = 0;
  /** Groups of requests that will begin in the next turn. */
  let planned = 0;
  let isNewTurn = false;
  let plannedAt = 0;
  let turnEndsAt = 0;
  let isOverloaded = false;
  let overloadedAt = -Infinity;
  /** Requests since the last look. */
  let arrived = 0;
  let begunAtLook = 0;
  /** Requests that have begun, ever. */
  let begun = 0;
  let shedCount = 0;
  let wasFull = false;
  let steadyLooks = 0;
  /** Whether refusals are sent in the next turn. */
  let isRefusing = false;

  function shed(job: Job): void {
    if (job.isGone()) return;
    shedCount++;
    refuser.add(job);
  }

  function shedLate(now: number): void {
    waiting.takeOlder(now - (isOverloaded ? OVERLOADED_WAIT_MS : WAIT_LIMIT_MS)).forEach(shed);
  }

  function mayBegin(): boolean {
    return limit.allows(working) && hasRoom();
  }

  function next(): Job | undefined {
    while (waiting.length > 0 && mayBegin()) {
      const job = waiting.take(isOverloaded)!;
      if (job.isGone()) continue;
      begun++;
      return job;
    }
    return undefined;
  }

  function run(): void {
    const now = performance.now();
    if (isNewTurn) {
      turnEndsAt = now + Math.min(TURN_MOST_MS, Math.max(TURN_LEAST_MS, (now - plannedAt) * TURN_SHARE));
      shedLate(now);
      refuser.run();
      measureTurn(now);
    }
    isNewTurn = false;
    planned--;
    const { size } = group;
    let job: Job | undefined;
    for (let count = 0; count < size && now <= turnEndsAt && (job = next()); count++) job.begin();
    if (planned === 0) plan();
  }

  /** Measures a turn that begins now, with what its requests do before they first wait. */
  function measureTurn(now: number): void {
    const begunBefore = begun;
    setImmediate(() => group.measure(begun - begunBefore, performance.now() - now));
  }

  /** Sends refusals while no requests wait. */
  function refuseIdly(): void {
    if (refuser.length === 0 || isRefusing) return;
    isRefusing = true;
    setImmediate(() => {
      isRefusing = false;
      refuser.run(waiting.length === 0);
      plan();
    });
  }

  /** Lets requests begin in the next turn. */
  function plan(): void {
    if (waiting.length === 0) return refuseIdly();
    if (!mayBegin()) return;
    if (planned === 0) {
      isNewTurn = true;
      plannedAt = performance.now();
    }
    const groups = Math.ceil(Math.min(waiting.length, TURN_LIMIT) / group.size);
    for (; planned < groups; planned++) setImmediate(run);
  }

  function look(): void {
    const now = performance.now();
    limit.adapt();
    const isSteady =
      waiting.length > BACKLOG_HIGH && arrived > 0 && arrived >= (begun - begunAtLook) * ARRIVALS_PER_BEGINNING;
    steadyLooks = isSteady ? steadyLooks + (wasFull ? FULL_LOOKS : 1) : 0;
    if (steadyLooks >= STEADY_LOOKS || shedCount > arrived * OVERLOAD_LEAST_SHARE) overloadedAt = now;
    if (steadyLooks >= STEADY_LOOKS) isOverloaded = true;
    else if (now - overloadedAt > OVERLOAD_ENDS_AFTER_MS) isOverloaded = false;
    arrived = shedCount = 0;
    begunAtLook = begun;
    wasFull = false;
    shedLate(now);
    refuser.run();
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
      arrived++;
      if (waiting.length > BACKLOG_LIMIT) wasFull = true;
      const most = isOverloaded ? OVERLOADED_BACKLOG_LIMIT : BACKLOG_LIMIT;
      while (waiting.length > most) shed(waiting.takeFromLargest());
      plan();
    },

    /** There may be room again: requests that waited for it may begin. */
    resume: plan,

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
