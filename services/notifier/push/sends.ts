import type { ServiceBroker } from "moleculer";
import pLimit, { type LimitFunction } from "p-limit";
import { messageOf } from "../../../lib/errors.ts";

/** Concurrent sends per job and push service, so that one large audience can't fill the queue ahead of small ones. */
const CONCURRENT_SENDS = 16;

/** Sends many pushes before a deadline, and keeps track of the sends that go on after the deadline. */
export function createSends(logger: ServiceBroker["logger"]) {
  const underWay = new Set<Promise<void>>();

  /** Waits for a send until the deadline; a slower one goes on by itself. @throws a failure before the deadline */
  async function within(until: number, sending: Promise<void>): Promise<void> {
    let isLate = false;
    const watched = sending.catch((error: unknown) => {
      if (!isLate) throw error;
      logger.warn("The outcome of a push could not be stored:", messageOf(error));
    });
    const tracked = watched.catch(() => undefined).finally(() => underWay.delete(tracked));
    underWay.add(tracked);
    let timer: NodeJS.Timeout | undefined;
    const deadline = new Promise<void>((resolve) => {
      const expire = () => {
        isLate = true;
        resolve();
      };
      timer = setTimeout(expire, Math.max(0, until - Date.now()));
    });
    await Promise.race([watched, deadline]);
    clearTimeout(timer);
  }

  return {
    /**
     * Sends each item. Concurrency is limited per push service, so that a slow one doesn't block the rest.
     *
     * @param until the deadline, in milliseconds since 1970, after which this no longer waits for any send
     * @param send must itself give up at the deadline if it has not started the request by then
     * @throws the first failure before the deadline
     */
    async each<T extends { origin: string }>(
      items: readonly T[],
      until: number,
      send: (item: T) => Promise<void>,
    ): Promise<void> {
      const limits = new Map<string, LimitFunction>();
      await Promise.all(
        items.map((item) => {
          const limit = limits.get(item.origin) ?? pLimit(CONCURRENT_SENDS);
          limits.set(item.origin, limit);
          return limit(() => within(until, send(item)));
        }),
      );
    },

    /** Waits for the requests under way, so that their outcomes are stored before the process ends. Never throws. */
    async drain(): Promise<void> {
      await Promise.all(underWay);
    },
  };
}
