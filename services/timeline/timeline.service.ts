import { actionsOf, call } from "../../contract/call.ts";
import { eventsOf } from "../../contract/events.ts";
import { NotFoundError, UnavailableError } from "../../lib/errors.ts";
import { jobsMixin } from "../../mixins/jobs.mixin.ts";
import { service } from "../../seams/node.ts";
import { nextOf, readPage } from "../reading/page.ts";
import { hydrateTweets, knownOf, viewTweet } from "../reading/tweets.ts";
import { watchBigAuthors } from "./big-authors.ts";
import { createDelivery } from "./deliver.ts";
import { createHome } from "./home.ts";
import { syncHome } from "./sync.ts";
import { watchUndelivered } from "./undelivered.ts";

/** Jobs that a node fans out at once. */
const CONCURRENT_FANOUTS = 32;

/** Home timelines, profiles and single tweets: fan-out, merge, rebuild, and the four steps of reading. */
export default service((node) => {
  const { broker, channel, config, leases, timelines } = node;
  const known = knownOf(leases);
  const undelivered = watchUndelivered(broker);
  const bigAuthors = watchBigAuthors(broker);
  const home = createHome({ timelines, length: config.timelineLength, logger: broker.logger, undelivered, bigAuthors });
  const delivery = createDelivery({ broker, timelines });

  return {
    name: "timeline",
    mixins: [
      jobsMixin(channel, {
        "tweets.deliver": {
          maxInFlight: CONCURRENT_FANOUTS,
          handler: (ctx, job) => delivery.handle(ctx, job),
        },
      }),
    ],
    actions: actionsOf("timeline", {
      home(ctx) {
        const { userId, ...range } = ctx.params;
        return readPage(range, {
          skeleton: (part) => home.skeleton(ctx, userId, part),
          hydrate: (places) => hydrateTweets(ctx, places, known),
          rules: ({ tweet }, { authors }) => authors.has(tweet.authorId),
          present: viewTweet,
        });
      },

      async profile(ctx) {
        const { username, userId, viewerId, ...range } = ctx.params;
        const id = userId ?? (username && (await call(ctx, "users.byUsername", { username })).id);
        if (!id) throw new NotFoundError("There is no such user");
        const [user, page] = await Promise.all([
          call(ctx, "users.view", { id, viewerId }),
          readPage(range, {
            async skeleton(part) {
              const entries = await call(ctx, "tweets.byAuthors", { authorIds: [id], order: "desc", ...part });
              return { entries, next: nextOf(entries, part.limit) };
            },
            hydrate: (places) => hydrateTweets(ctx, places, known),
            rules: () => true,
            present: viewTweet,
          }),
        ]);
        return { user, page };
      },

      async tweet(ctx) {
        const tweet = await call(ctx, "tweets.get", ctx.params);
        const [found] = await hydrateTweets(ctx, [{ id: tweet.id, tweet }], known);
        if (!found) throw new UnavailableError("The tweet's author can't be read at the moment");
        return viewTweet(found);
      },

      sync: (ctx) => syncHome({ home, known }, ctx, ctx.params),
      forget: (ctx) => home.forget(ctx.params.userId),
    }),
    events: eventsOf({
      "tweet.created": ({ tweet }) => undelivered.add({ id: tweet.id, authorId: tweet.author.id }),
      "tweet.delivered": ({ ids }) => undelivered.remove(ids),
      "tweet.deleted": ({ id }) => undelivered.remove([id]),
    }),
    started() {
      void broker.waitForServices("tweets").then(() => undelivered.start());
      void broker.waitForServices("graph").then(() => bigAuthors.start());
    },
    async stopped() {
      // Both only read, so the shutdown need not wait for a question that a dead store keeps open.
      void undelivered.stop();
      void bigAuthors.stop();
      await delivery.stop();
    },
  };
});
