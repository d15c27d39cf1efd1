import type { ServiceBroker } from "moleculer";
import { messageOf } from "./errors.ts";

/** Between two tries, in milliseconds. */
const RETRY_AFTER = 500;

/**
 * Does what follows from something that is done already, such as dropping what a cache has of it. The first try is
 * waited for; should it fail, the caller goes on, and it is tried again until it is done. Nothing here outlives the
 * process: what must survive that belongs into the store.
 *
 * @param what for the log: "dropping the home timeline of 123"
 * @param work safe to repeat; each try should look anew at what is to be done
 */
export async function nowOrSoon(
  logger: ServiceBroker["logger"],
  what: string,
  work: () => Promise<void>,
): Promise<void> {
  try {
    await work();
  } catch (error) {
    logger.warn(`Not done yet, trying again: ${what}:`, messageOf(error));
    setTimeout(() => void nowOrSoon(logger, what, work), RETRY_AFTER).unref();
  }
}
