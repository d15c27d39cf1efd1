import { actionsOf, call } from "../../contract/call.ts";
import { eventsOf } from "../../contract/events.ts";
import type { TweetRecord } from "../../contract/records.ts";
import { messageOf, UnavailableError } from "../../lib/errors.ts";
import { every } from "../../lib/every.ts";
import { storeMixin } from "../../mixins/store.mixin.ts";
import { originOf } from "../../seams/channel/channel.ts";
import { service } from "../../seams/node.ts";
import { viewTweet } from "../reading/tweets.ts";
import { createTweets } from "./create.ts";
import { createOutbox } from "./outbox.ts";
import { createTweetReader } from "./read.ts";
import { createRemove } from "./remove.ts";
import { sweepTombstones } from "./sweep.ts";
import { type TweetDoc, TWEETS } from "./tweet-doc.ts";

const SWEEP_EVERY_MS = 3_600_000;
/** The first sweep comes within a minute of the start, at another time on each node. */
const FIRST_SWEEP_MS = 60_000;

/** The tweets, and the outbox that delivers each one. */
export default service((node) => {
  const { broker, channel, ids, leases } = node;
  const tweets = node.collection<TweetDoc>(TWEETS);
  const cache = node.cache<TweetRecord>({ name: "tweets", ttlSeconds: 3600, max: 50_000 });
  const outbox = createOutbox({ tweets, broker, channel, ids });
  const reader = createTweetReader(tweets, cache);
  const create = createTweets({ tweets, ids });
  const remove = createRemove({ tweets, cache, broker, leases });
  const sweep = every(SWEEP_EVERY_MS, () => sweepTombstones(tweets), {
    firstMs: FIRST_SWEEP_MS * Math.random(),
    onError: (error) => broker.logger.warn("Tombstones could not be removed, trying again:", messageOf(error)),
  });

  return {
    name: "tweets",
    mixins: [storeMixin(tweets)],
    actions: actionsOf("tweets", {
      async create(ctx) {
        const [[author], { tweet, created }] = await Promise.all([
          call(ctx, "users.refs", { ids: [ctx.params.authorId] }),
          create(ctx, ctx.params),
        ]);
        if (!author) throw new UnavailableError("The author can't be read at the moment");
        if (created) outbox.publish(tweet, author, originOf(ctx));
        return { tweet: viewTweet({ tweet, author }), created };
      },

      remove: (ctx) => remove(ctx.params),

      get: (ctx) => reader.get(ctx.params),
      getMany: (ctx) => reader.getMany(ctx.params),
      byAuthors: (ctx) => reader.byAuthors(ctx.params),
      entriesByAuthors: (ctx) => reader.entriesByAuthors(ctx.params),
      mentioning: (ctx) => reader.mentioning(ctx.params),
      entriesMentioning: (ctx) => reader.entriesMentioning(ctx.params),
      recentAuthors: () => reader.recentAuthors(),
      count: (ctx) => reader.count(ctx.params),

      undelivered: () => reader.undelivered(),
      delivered: (ctx) => outbox.markDelivered(ctx.params.ids, ctx.params.notified),
      notified: (ctx) => outbox.markNotified(ctx.params.ids),
      notifying: (ctx) => outbox.saveProgress(ctx.params.id, ctx.params.before),
    }),
    events: eventsOf({
      // Ids of other nodes move this node's clock, so that its own ids are newer than all ids that it has seen.
      "tweet.created": ({ tweet }) => ids.observe(tweet.id),
    }),
    async started() {
      const newest = await reader.newestId();
      if (newest !== undefined) ids.observe(newest);
      sweep.start();
      // The outbox waits for the users service, because it needs the authors' names. The start must not wait for that.
      void broker.waitForServices("users").then(() => outbox.start());
    },
    async stopped() {
      await Promise.all([outbox.stop(), sweep.stop()]);
      await cache.close();
    },
  };
});
