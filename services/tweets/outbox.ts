import type { ServiceBroker } from "moleculer";
import { call } from "../../contract/call.ts";
import { broadcast, type NotifyJob } from "../../contract/events.ts";
import type { TweetRecord, UserRecord } from "../../contract/records.ts";
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

  /** Sends a tweet to the feeds. Never throws, because a sweep repeats a failed delivery. */
  function deliver(tweet: TweetRecord, author: UserRecord, origin?: Origin): void {
    const { id, authorId, mentions } = tweet;
    broadcast(broker, "tweet.created", { tweet: viewTweet({ tweet, author }), mentions });
    channel.publish("tweet.deliver", id, { id, authorId }, origin).catch((error: unknown) => {
      logger.warn(`Tweet ${id} could not be queued for delivery; a sweep will queue it:`, messageOf(error));
    });
  }

  /** Queues push notifications for absent users, resuming at the saved position. Never throws. */
  function notify({ id, authorId, mentions }: TweetRecord, progress?: TweetDoc["notifying"], origin?: Origin): void {
    const job: NotifyJob = { id, authorId, mentions, before: progress?.before, savedAt: progress?.at };
    const name = progress ? `${id}:notify:${progress.before}` : `${id}:notify`;
    channel.publish("tweet.notify", name, job, origin).catch((error: unknown) => {
      logger.warn(`The notifications of tweet ${id} could not be queued; a sweep will queue them:`, messageOf(error));
    });
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
    const records = found
      .filter((doc) => due.has(doc._id))
      .map(toRecord)
      .filter((tweet) => tweet !== null);
    if (records.length === 0) return;
    logger.info(`Publishing ${records.length} tweets that were not delivered`);
    const authors = await call(broker, "users.refs", { ids: records.map((tweet) => tweet.authorId) });
    for (const [index, tweet] of records.entries()) {
      const author = authors[index];
      if (author) deliver(tweet, author);
    }
  }

  async function sweepNotifications(graceMs: number): Promise<void> {
    const now = Date.now();
    const found = await find("notified", graceMs);
    const waiting = found.filter(({ notifying }) => !notifying || notifying.at < now - NOTIFY_STALLED_MS);
    const due = new Set(notifications.due(waiting.map((doc) => doc._id)));
    for (const doc of waiting) {
      const tweet = due.has(doc._id) ? toRecord(doc) : null;
      if (tweet) notify(tweet, doc.notifying);
    }
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
      deliver(tweet, author, origin);
      notify(tweet, undefined, origin);
    },

    async markDelivered(done: string[]): Promise<void> {
      await tweets.updateMany({ _id: { $in: done } }, { $set: { delivered: true } });
      broadcast(broker, "tweet.delivered", { ids: done });
    },

    async markNotified(done: string[]): Promise<void> {
      await tweets.updateMany({ _id: { $in: done } }, { $set: { notified: true }, $unset: { notifying: true } });
    },

    /** Saves the position of a long notification walk. @param before as in {@link NotifyJob} */
    async saveProgress(id: string, before: string): Promise<void> {
      await tweets.updateOne({ _id: id, notified: false }, { $set: { notifying: { before, at: Date.now() } } });
    },

    start,
    stop,
  };
}
