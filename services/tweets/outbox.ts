import { messageOf } from "../../lib/errors.ts";
import { idAt } from "../../lib/snowflake.ts";
import { presentTweet } from "../reading/tweets.ts";
import type { Collection } from "../../seams/collections/collection.ts";
import { call, type Caller, type TweetRecord } from "../../contract/actions.ts";
import { broadcast, type NotifyJob } from "../../contract/events.ts";
import type { UserRef } from "../../contract/shapes.ts";
import type { Node } from "../../seams/node.ts";
import { createBackoff } from "./backoff.ts";
import { toRecord, type TweetDoc } from "./tweet-doc.ts";

/** How often a node looks for what was not done, in milliseconds. */
const SWEEP_EVERY = 2000;
/** A tweet younger than this is still on its way to the feeds, in milliseconds. */
const DELIVERY_GRACE = 3000;
/** Telling those who are away takes longer: push services are asked. In milliseconds. */
const NOTIFY_GRACE = 10_000;
/** Telling a large author's followers says how far it is every few seconds; silent for so long, it has died. In ms. */
const NOTIFY_STALLED = 30_000;
/** How many tweets one sweep publishes: a long outage's worth goes out in several. */
const SWEEP_LIMIT = 500;

/**
 * The outbox: each tweet is a to-do until it is delivered to the feeds, and another until those who are away were told
 * of it; this publishes them until they are done. Nothing downstream is trusted with the only copy.
 */
export function createOutbox(node: Node, tweets: Collection<TweetDoc>) {
  const { broker, channel, config, ids } = node;
  const caller = broker as unknown as Caller;
  const deliveries = createBackoff(SWEEP_EVERY);
  const notices = createBackoff(NOTIFY_GRACE);
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> = Promise.resolve();
  let stopped = false;

  /** Has the tweet put into the feeds. Never fails: what does not arrive is swept up later. */
  function deliver(tweet: TweetRecord, author: UserRef): void {
    const { id, authorId, mentions } = tweet;
    broadcast(broker, "tweet.created", { tweet: presentTweet(tweet, author, config.publicUrl), mentions });
    channel.publish("tweet.created", id, { id, authorId }).catch((error: unknown) => {
      broker.logger.warn(`Tweet ${id} is stored but could not be sent on; the sweeper will:`, messageOf(error));
    });
  }

  /** Has those who are away told of the tweet, from where that had come to. Never fails either. */
  function notify({ id, authorId, mentions }: TweetRecord, progress?: TweetDoc["notifying"]): void {
    const job: NotifyJob = { id, authorId, mentions, before: progress?.before, savedAt: progress?.at };
    const name = progress ? `${id}:notify:${progress.before}` : `${id}:notify`;
    channel.publish("tweet.notify", name, job).catch((error: unknown) => {
      broker.logger.warn(`Nobody is told of tweet ${id} yet; the sweeper will have it done:`, messageOf(error));
    });
  }

  /** @returns the oldest tweets with this to-do that are old enough */
  function find(todo: "delivered" | "notified", grace: number): Promise<TweetDoc[]> {
    const query = { [todo]: false, ...(grace > 0 && { _id: { $lt: idAt(ids.time() - grace) } }) };
    return tweets.find({ query, sort: ["_id"], limit: SWEEP_LIMIT, fresh: true });
  }

  async function sweepDeliveries(grace: number): Promise<void> {
    const found = await find("delivered", grace);
    const due = new Set(deliveries.due(found.map((doc) => doc._id)));
    const records = found
      .filter((doc) => due.has(doc._id))
      .map(toRecord)
      .filter((tweet) => tweet !== null);
    if (records.length === 0) return;
    broker.logger.info(`Publishing ${records.length} tweets that were not delivered`);
    const authors = await call(caller, "users.refs", { ids: records.map((tweet) => tweet.authorId) });
    for (const [index, tweet] of records.entries()) {
      const author = authors[index];
      if (author) deliver(tweet, author);
    }
  }

  async function sweepNotices(grace: number): Promise<void> {
    const now = Date.now();
    const found = await find("notified", grace);
    const waiting = found.filter(({ notifying }) => !notifying || notifying.at < now - NOTIFY_STALLED);
    const due = new Set(notices.due(waiting.map((doc) => doc._id)));
    for (const doc of waiting) {
      const tweet = due.has(doc._id) ? toRecord(doc) : null;
      if (tweet) notify(tweet, doc.notifying);
    }
  }

  function schedule(wait: number, first: boolean): void {
    timer = setTimeout(() => {
      running = sweepDeliveries(first ? 0 : DELIVERY_GRACE)
        .then(() => sweepNotices(first ? 0 : NOTIFY_GRACE))
        .catch((error: unknown) => {
          broker.logger.warn("The outbox could not be swept, trying again:", messageOf(error));
        })
        .finally(() => {
          if (!stopped) schedule(SWEEP_EVERY, false);
        });
    }, wait);
  }

  return {
    /** Tells all who must know of the tweet. */
    publish(tweet: TweetRecord, author: UserRef): void {
      deliver(tweet, author);
      notify(tweet);
    },

    /** The first sweep comes at once and takes all: they are what a crash left behind. */
    start(): void {
      if (!stopped) schedule(0, true);
    },

    async stop(): Promise<void> {
      stopped = true;
      clearTimeout(timer);
      await running;
    },
  };
}
