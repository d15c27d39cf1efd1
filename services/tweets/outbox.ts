import type { ServiceBroker } from "moleculer";
import { call } from "../../contract/call.ts";
import { broadcast, type DeliverJob, type Jobs, nameOfBatch, type NotifyJob } from "../../contract/events.ts";
import type { TweetRecord, UserRecord } from "../../contract/records.ts";
import { chunksOf } from "../../lib/chunks.ts";
import { createCollector } from "../../lib/collector.ts";
import { messageOf } from "../../lib/errors.ts";
import { every } from "../../lib/every.ts";
import { idAt, type SnowflakeGenerator } from "../../lib/snowflake.ts";
import type { DurableChannel, Origin } from "../../seams/channel/channel.ts";
import type { Collection } from "../../seams/collections/collection.ts";
import { viewTweet } from "../reading/tweets.ts";
import { createBackoff } from "./backoff.ts";
import { toRecord, type TweetDoc } from "./tweet-doc.ts";

/** Each node looks this often for unfinished to-dos. */
const SWEEP_EVERY_MS = 2000;
/** A tweet younger than this is still on its way to the feeds. */
const DELIVERY_GRACE_MS = 3000;
/** Notifying takes longer than delivery, because push services must answer. */
const NOTIFY_GRACE_MS = 10_000;
/**
 * A long notification walk saves its progress every few seconds. This long without a save, its worker must have died.
 */
const NOTIFY_STALLED_MS = 30_000;
/** New tweets wait this long for others, because a job costs about as much for ten tweets as for one. */
const BATCH_WINDOW_MS = 15;
/** Tweets in one job: few enough that a job that fails repeats little. */
const BATCH_LIMIT = 50;
/** One sweep publishes at most this many tweets; the backlog of a long outage goes out in several. */
const SWEEP_LIMIT = 500;

interface OutboxParts {
  tweets: Collection<TweetDoc>;
  broker: ServiceBroker;
  channel: Pick<DurableChannel, "publish">;
  ids: SnowflakeGenerator;
}

/**
 * The outbox. Each tweet starts with two to-dos: to deliver it to the feeds, and to notify absent users. The outbox
 * publishes each to-do again until it is done. Nothing downstream is trusted with the only copy of a to-do.
 */
export function createOutbox({ tweets, broker, channel, ids }: OutboxParts) {
  const { logger } = broker;
  const deliveries = createBackoff(SWEEP_EVERY_MS);
  const notifications = createBackoff(NOTIFY_GRACE_MS);
  let isFirstSweep = true;

  /** Queues jobs. Never throws, because a sweep repeats what fails. */
  function queue<N extends "tweets.deliver" | "tweets.notify">(
    job: N,
    tweets: Jobs[N]["tweets"],
    origin?: Origin,
  ): void {
    channel.publish(job, nameOfBatch(tweets), { tweets } as Jobs[N], origin).catch((error: unknown) => {
      const what = tweets.length === 1 ? `Tweet ${tweets[0]!.id}` : `${tweets.length} tweets`;
      logger.warn(`${what} could not be queued for ${job}; a sweep will queue them:`, messageOf(error));
    });
  }

  const posted = createCollector<{ tweet: TweetRecord; origin: Origin }>({
    windowMs: BATCH_WINDOW_MS,
    limit: BATCH_LIMIT,
    handOver(batch) {
      const { origin } = batch[0]!;
      const tweets = batch.map(({ tweet }) => tweet);
      queue("tweets.deliver", tweets.map(toDelivery), origin);
      return Promise.resolve();
    },
    onError: () => undefined,
  });

  function announce(tweet: TweetRecord, author: UserRecord): void {
    broadcast(broker, "tweet.created", { tweet: viewTweet({ tweet, author }), mentions: tweet.mentions });
  }

  async function note(done: string[], $set: Partial<Pick<TweetDoc, "delivered" | "notified">>): Promise<void> {
    if (done.length === 0) return;
    const update = { $set, ...($set.notified && { $unset: { notifying: true } }) };
    await tweets.updateMany({ _id: { $in: done } }, update, { mayBeLost: true });
  }

  /**
   * Reads only tweets that no election can undo: nobody should hear of a tweet that may vanish and come back with
   * another id, when its author's client sends it again.
   *
   * @returns the oldest tweets with this to-do that are older than `graceMs`
   */
  function find(todo: "delivered" | "notified", graceMs: number): Promise<TweetDoc[]> {
    const query = { [todo]: false, ...(graceMs > 0 && { _id: { $lt: idAt(ids.time() - graceMs) } }) };
    return tweets.find({ query, sort: ["_id"], limit: SWEEP_LIMIT, fresh: true, lasting: true });
  }

  async function sweepDeliveries(graceMs: number): Promise<void> {
    const found = await find("delivered", graceMs);
    const due = new Set(deliveries.due(found.map((doc) => doc._id)));
    const docs = found.filter((doc) => due.has(doc._id));
    const begun = new Set(docs.filter((doc) => doc.notified || doc.notifying).map((doc) => doc._id));
    const records = docs.map(toRecord).filter((tweet) => tweet !== null);
    if (records.length === 0) return;
    logger.info(`Publishing ${records.length} tweets that were not delivered`);
    const authors = await call(broker, "users.refs", { ids: records.map((tweet) => tweet.authorId) });
    for (const [index, tweet] of records.entries()) {
      const author = authors[index];
      if (author) announce(tweet, author);
    }
    const jobs = records.map((tweet): DeliverJob => {
      const { id, authorId } = tweet;
      return begun.has(id) ? { id, authorId } : toDelivery(tweet);
    });
    for (const some of chunksOf(jobs, BATCH_LIMIT)) queue("tweets.deliver", some);
  }

  async function sweepNotifications(graceMs: number): Promise<void> {
    const now = Date.now();
    const found = await find("notified", graceMs);
    const waiting = found.filter(({ notifying }) => !notifying || notifying.at < now - NOTIFY_STALLED_MS);
    const due = new Set(notifications.due(waiting.map((doc) => doc._id)));
    const jobs = waiting.flatMap((doc) => {
      const tweet = due.has(doc._id) ? toRecord(doc) : null;
      return tweet ? [toNotification(tweet, doc.notifying)] : [];
    });
    for (const some of chunksOf(jobs, BATCH_LIMIT)) queue("tweets.notify", some);
  }

  /** The first sweep takes all to-dos, however young, because a crash may have left them behind. */
  async function sweep(): Promise<void> {
    const isFirst = isFirstSweep;
    isFirstSweep = false;
    await sweepDeliveries(isFirst ? 0 : DELIVERY_GRACE_MS);
    await sweepNotifications(isFirst ? 0 : NOTIFY_GRACE_MS);
  }

  const { start, stop } = every(SWEEP_EVERY_MS, sweep, {
    firstMs: 0,
    onError: (error) => logger.warn("The outbox could not be swept, trying again:", messageOf(error)),
  });

  return {
    /** Delivers a new tweet to the feeds and queues its notifications. Never throws. */
    publish(tweet: TweetRecord, author: UserRecord, origin: Origin): void {
      announce(tweet, author);
      posted.add({ tweet, origin });
    },

    /** Notes the ends of to-dos. A note that gets lost only makes a sweep repeat the work. */
    async markDelivered(done: string[], notified: string[]): Promise<void> {
      const isNotified = new Set(notified);
      const others = done.filter((id) => !isNotified.has(id));
      await Promise.all([note(notified, { delivered: true, notified: true }), note(others, { delivered: true })]);
      broadcast(broker, "tweet.delivered", { ids: done });
    },

    async markNotified(done: string[]): Promise<void> {
      await note(done, { notified: true });
    },

    /** Saves the position of a long notification walk. @param before as in {@link NotifyJob} */
    async saveProgress(id: string, before: string): Promise<void> {
      await tweets.updateOne({ _id: id, notified: false }, { $set: { notifying: { before, at: Date.now() } } });
    },

    start,
    async stop(): Promise<void> {
      await Promise.all([stop(), posted.flush()]);
    },
  };
}

function toDelivery({ id, authorId, mentions }: TweetRecord): DeliverJob {
  return { id, authorId, mentions };
}

/** @param progress where an earlier walk has got to */
function toNotification({ id, authorId, mentions }: TweetRecord, progress?: TweetDoc["notifying"]): NotifyJob {
  return { id, authorId, mentions, before: progress?.before, savedAt: progress?.at };
}
