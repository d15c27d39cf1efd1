import { messageOf } from "../../lib/errors.ts";
import { idAt } from "../../lib/snowflake.ts";
import { presentTweet } from "../../mixins/views.ts";
import type { Collection } from "../../mixins/store/collection.ts";
import { call, type Caller, type TweetRecord } from "../../types/actions.ts";
import { broadcast } from "../../types/events.ts";
import type { UserRef } from "../../types/shapes.ts";
import type { Node } from "../node.ts";
import { toRecord, type TweetDoc } from "./tweet-doc.ts";

/** How often a node looks for tweets that were not delivered, in milliseconds. */
const SWEEP_EVERY = 2000;
/** A tweet younger than this is still on its way, in milliseconds. */
const GRACE = 3000;
/** How many tweets one sweep publishes: a long outage's worth goes out in several. */
const SWEEP_LIMIT = 500;
/** The longest wait before a tweet is published again, in milliseconds. */
const LONGEST_WAIT = 60_000;

/**
 * The outbox: each tweet that is not delivered is a to-do, and this publishes it until it is done. Nothing downstream
 * is trusted with the only copy.
 */
export function createOutbox(node: Node, tweets: Collection<TweetDoc>) {
  const { broker, channel, config } = node;
  const caller = broker as unknown as Caller;
  /** When a tweet may be published again, and how long the wait was, for those that were swept. */
  const swept = new Map<string, { at: number; wait: number }>();
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> = Promise.resolve();
  let stopped = false;

  /** Tells all who must know of the tweet. Never fails: what does not arrive is swept up later. */
  function publish(tweet: TweetRecord, author: UserRef): void {
    const { id, authorId, mentions } = tweet;
    broadcast(broker, "tweet.created", { tweet: presentTweet(tweet, author, config.publicUrl), mentions });
    channel.publish("tweet.created", id, { id, authorId }).catch((error: unknown) => {
      broker.logger.warn(`Tweet ${id} is stored but could not be sent on; the sweeper will:`, messageOf(error));
    });
  }

  function isDue(id: string, now: number): boolean {
    const last = swept.get(id);
    if (last && last.at > now) return false;
    const wait = last ? Math.min(last.wait * 2, LONGEST_WAIT) : SWEEP_EVERY;
    swept.set(id, { at: now + wait, wait });
    return true;
  }

  async function sweep(grace: number): Promise<void> {
    const now = Date.now();
    const query = { delivered: false, ...(grace > 0 && { _id: { $lt: idAt(now - grace) } }) };
    const found = await tweets.find({ query, sort: ["_id"], limit: SWEEP_LIMIT });
    const waiting = new Set(found.map((doc) => doc._id));
    for (const id of swept.keys()) if (!waiting.has(id)) swept.delete(id);
    const due = found.map(toRecord).filter((tweet) => tweet !== null && isDue(tweet.id, now));
    const records = due.filter((tweet) => tweet !== null);
    if (records.length === 0) return;
    broker.logger.info(`Publishing ${records.length} tweets that were not delivered`);
    const authors = await call(caller, "users.refs", { ids: records.map((tweet) => tweet.authorId) });
    for (const [index, tweet] of records.entries()) {
      const author = authors[index];
      if (author) publish(tweet, author);
    }
  }

  function schedule(wait: number, grace: number): void {
    timer = setTimeout(() => {
      running = sweep(grace)
        .catch((error: unknown) => {
          broker.logger.warn("The outbox could not be swept, trying again:", messageOf(error));
        })
        .finally(() => {
          if (!stopped) schedule(SWEEP_EVERY, GRACE);
        });
    }, wait);
  }

  return {
    publish,

    /** The first sweep comes at once and takes all: they are what a crash left behind. */
    start(): void {
      if (!stopped) schedule(0, 0);
    },

    async stop(): Promise<void> {
      stopped = true;
      clearTimeout(timer);
      await running;
    },
  };
}
