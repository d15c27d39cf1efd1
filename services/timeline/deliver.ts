import { setTimeout as pause } from "node:timers/promises";
import type { ServiceBroker } from "moleculer";
import { call, type Caller } from "../../contract/call.ts";
import type { DeliverJob, Jobs } from "../../contract/events.ts";
import { createCollector } from "../../lib/collector.ts";
import { messageOf } from "../../lib/errors.ts";
import type { TimelineStore } from "../../seams/timelines/timeline-store.ts";
import { fanOut } from "./fan-out.ts";

/** Delivered tweets are reported together. Until then, each of them costs readers a look into a list. */
const REPORT_WINDOW_MS = 100;
const REPORT_LIMIT = 500;
/** After a fan-out, the notifier has this much time left. A notifier that is frozen must not hold up the feeds. */
const NOTIFIER_LIMIT_MS = 500;

interface DeliverParts {
  broker: ServiceBroker;
  timelines: TimelineStore;
}

/** Delivers tweets to the home timelines, has absent users notified, and reports what is done. */
export function createDelivery({ broker, timelines }: DeliverParts) {
  const { logger } = broker;
  const done = createCollector<{ id: string; isNotified: boolean }>({
    windowMs: REPORT_WINDOW_MS,
    limit: REPORT_LIMIT,
    handOver(tweets) {
      const ids = tweets.map(({ id }) => id);
      const notified = tweets.filter(({ isNotified }) => isNotified).map(({ id }) => id);
      return call(broker, "tweets.delivered", { ids, notified });
    },
    onError: (error, tweets) =>
      logger.warn(`${tweets.length} tweets will be delivered again, which is safe:`, messageOf(error)),
  });

  /** @returns the ids of the tweets of which nobody is to be notified. Never throws: the outbox looks after the rest */
  async function beginNotifying(caller: Caller, jobs: DeliverJob[]): Promise<Set<string>> {
    const tweets = jobs.flatMap(({ mentions, ...entry }) => (mentions ? [{ ...entry, mentions }] : []));
    if (tweets.length === 0) return new Set();
    try {
      return new Set(await call(caller, "notifier.begin", { tweets }));
    } catch (error) {
      logger.debug("Notifications could not begin; the outbox will queue them:", messageOf(error));
      return new Set();
    }
  }

  return {
    /** Idempotent. Only the fan-out decides whether the job is done. */
    async handle(caller: Caller, { tweets }: Jobs["tweets.deliver"]): Promise<void> {
      const beginning = beginNotifying(caller, tweets);
      await fanOut(timelines, caller, tweets);
      const waiting = new AbortController();
      const late = pause(NOTIFIER_LIMIT_MS, new Set<string>(), waiting).catch(() => new Set<string>());
      const notified = await Promise.race([beginning, late]);
      waiting.abort();
      for (const { id } of tweets) done.add({ id, isNotified: notified.has(id) });
    },

    /** Reports what has been delivered. */
    stop: () => done.flush(),
  };
}
