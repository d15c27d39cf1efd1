import { setTimeout as pause } from "node:timers/promises";
import type { ServiceBroker } from "moleculer";
import { messageOf, UnavailableError } from "./errors.ts";

type Logger = ServiceBroker["logger"];
type Work = () => Promise<void>;

/** Concurrent retries: enough for a few thousand per second, few enough to leave the store free for other callers. */
const CONCURRENT_RETRIES = 16;
/**
 * A round ends after this many consecutive failures, which bounds the cost of an outage, however long the queue. The
 * number is large enough that work for healthy servers gets its turn within seconds or minutes, even behind thousands
 * of entries for one dead server.
 */
const MAX_CONSECUTIVE_FAILURES = 200;
/** The wait before the first round. It doubles after each round without a success. */
const FIRST_WAIT_MS = 500;
/** The longest wait: the most that a feed may lag a follow made during an outage. */
const LONGEST_WAIT_MS = 2000;
/** At the end of a node, there is little time left for the next try. */
const FINISH_EVERY_MS = 100;
/** Each entry takes 200 to 300 bytes, so the queue takes 30 MB at most. */
const MAX_WAITING = 100_000;

/** Pending work by name; the latest failure comes last. */
const waiting = new Map<string, Work>();
let isScheduled = false;
/** Successes since the queue was last empty. */
let doneSince = 0;

/**
 * Runs work that must follow a completed change, such as dropping outdated cache entries. The caller waits for the
 * first try. If this try fails, the caller continues, and the work is retried {@link soon}.
 *
 * @param work must be safe to repeat; each try should read the current state anew
 * @throws UnavailableError when the work failed and the queue is full; the request must then be retried as a whole
 */
export async function nowOrSoon(logger: Logger, what: string, work: Work): Promise<void> {
  try {
    await work();
  } catch (error) {
    soon(logger, what, work, error);
  }
}

/**
 * Retries failed work until it succeeds. The queue does not outlive the process: work that must survive a crash belongs
 * in the store.
 *
 * @param what names the work, also in the log: "dropping the home timeline of 123". Queued work of the same name is
 *   replaced
 * @param work as for {@link nowOrSoon}
 * @param error the reason for the failure
 * @throws UnavailableError when the queue is full
 */
export function soon(logger: Logger, what: string, work: Work, error: unknown): void {
  if (waiting.size >= MAX_WAITING && !waiting.has(what)) {
    throw new UnavailableError(`Too much other work is queued to retry ${what}`);
  }
  waiting.set(what, work);
  if (isScheduled) return;
  logger.warn(
    `Failed, and is retried until it succeeds (as is all work that fails until then): ${what}:`,
    messageOf(error),
  );
  schedule(logger, FIRST_WAIT_MS);
}

function schedule(logger: Logger, wait: number): void {
  isScheduled = true;
  setTimeout(() => {
    void tryAll().then((done) => {
      doneSince += done;
      if (waiting.size > 0) {
        schedule(logger, done > 0 ? FIRST_WAIT_MS : Math.min(LONGEST_WAIT_MS, wait * 2));
        return;
      }
      logger.info(`All failed work has now succeeded: ${doneSince} in all.`);
      isScheduled = false;
      doneSince = 0;
    });
  }, wait).unref();
}

/**
 * Tries the queued work until all of it is done. A node calls this before it stops, because the queue ends with the process.
 *
 * @param limitMs milliseconds after which the rest is given up
 */
export async function finishQueued(limitMs: number): Promise<void> {
  const deadline = performance.now() + limitMs;
  while (waiting.size > 0 && performance.now() < deadline) {
    await Promise.race([tryAll(), pause(deadline - performance.now(), undefined, { ref: false })]);
    if (waiting.size > 0) await pause(FINISH_EVERY_MS);
  }
}

/** Tries each queued entry once, until too many in a row have failed. @returns the number of successes */
async function tryAll(): Promise<number> {
  const names = [...waiting.keys()];
  let all = 0;
  let failedInARow = 0;
  for (let at = 0; at < names.length && failedInARow < MAX_CONSECUTIVE_FAILURES; at += CONCURRENT_RETRIES) {
    const tries = await Promise.all(names.slice(at, at + CONCURRENT_RETRIES).map(tryAgain));
    const done = tries.filter(Boolean).length;
    all += done;
    failedInARow = done > 0 ? 0 : failedInARow + tries.length;
  }
  return all;
}

async function tryAgain(what: string): Promise<boolean> {
  const work = waiting.get(what)!;
  let done = false;
  try {
    await work();
    done = true;
  } catch {
    // The outage is in the log, and its end will be; one line per try would flood the log.
  }
  // If newer work has taken this name meanwhile, that work stays queued.
  if (waiting.get(what) !== work) return done;
  waiting.delete(what);
  if (!done) waiting.set(what, work);
  return done;
}
