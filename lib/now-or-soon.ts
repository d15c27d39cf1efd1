import type { ServiceBroker } from "moleculer";
import { messageOf, UnavailableError } from "./errors.ts";

type Logger = ServiceBroker["logger"];
type Work = () => Promise<void>;

/** Tries at once: enough for some thousands a second, and not so many that they keep others from what they need. */
const AT_ONCE = 16;
/**
 * So many in a row that fail end a round: what an outage costs, whatever waits. And so many that what can be done gets
 * its turn within seconds or minutes where it stands behind thousands that can't, since one server of several is away.
 */
const MOST_IN_VAIN = 200;
/** The wait before the first round, in milliseconds, doubled after each in which nothing could be done. */
const FIRST_WAIT = 500;
/** The longest: for so long after an outage a feed may lack whom its reader has followed in it. */
const LONGEST_WAIT = 2000;
/** What waits takes 200 to 300 bytes each: 30 MB at the most. */
const MOST_WAITING = 100_000;

/** What is still to be done, by what it is; what failed last stands last. */
const waiting = new Map<string, Work>();
let isScheduled = false;
/** How many were done since the first began to wait. */
let doneSince = 0;

/**
 * Does what follows from something that is done already, such as dropping what a cache has of it. The first try is
 * waited for; should it fail, the caller goes on, and it is done {@link soon}.
 *
 * @param work safe to repeat; each try should look anew at what is to be done
 * @throws UnavailableError when it failed and too much waits already: the caller's caller is to try again
 */
export async function nowOrSoon(logger: Logger, what: string, work: Work): Promise<void> {
  try {
    await work();
  } catch (error) {
    soon(logger, what, work, error);
  }
}

/**
 * Has something that failed tried again until it is done. Nothing here outlives the process: what must survive that
 * belongs into the store.
 *
 * @param what names it, for the log too: "dropping the home timeline of 123". What waits under the same name is replaced
 * @param work as for {@link nowOrSoon}
 * @param error why it failed
 * @throws UnavailableError when too much waits already
 */
export function soon(logger: Logger, what: string, work: Work, error: unknown): void {
  if (waiting.size >= MOST_WAITING && !waiting.has(what)) {
    throw new UnavailableError(`Too much else waits to be done for ${what}`);
  }
  waiting.set(what, work);
  if (isScheduled) return;
  logger.warn(`Trying again until it is done, and all that fails meanwhile: ${what}:`, messageOf(error));
  schedule(logger, FIRST_WAIT);
}

function schedule(logger: Logger, wait: number): void {
  isScheduled = true;
  setTimeout(() => {
    void tryAll().then((done) => {
      doneSince += done;
      if (waiting.size > 0) {
        schedule(logger, done > 0 ? FIRST_WAIT : Math.min(LONGEST_WAIT, wait * 2));
        return;
      }
      logger.info(`What had failed is done: ${doneSince} in all.`);
      isScheduled = false;
      doneSince = 0;
    });
  }, wait).unref();
}

/** Tries what waits, each once, until too many in a row have failed. @returns how many were done */
async function tryAll(): Promise<number> {
  const names = [...waiting.keys()];
  let all = 0;
  let inVain = 0;
  for (let at = 0; at < names.length && inVain < MOST_IN_VAIN; at += AT_ONCE) {
    const tries = await Promise.all(names.slice(at, at + AT_ONCE).map(tryAgain));
    const done = tries.filter(Boolean).length;
    all += done;
    inVain = done > 0 ? 0 : inVain + tries.length;
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
    // The log has said that things fail; it says when they are done.
  }
  // A later one has a failure of its own behind it: it stays.
  if (waiting.get(what) !== work) return done;
  waiting.delete(what);
  if (!done) waiting.set(what, work);
  return done;
}
