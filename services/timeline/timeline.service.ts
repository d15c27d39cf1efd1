import type { ServiceSchema } from "moleculer";
import { NotFoundError, UnavailableError } from "../../lib/errors.ts";
import { batched } from "../../lib/batched.ts";
import { idAt, timeOf } from "../../lib/snowflake.ts";
import { nextPage } from "../reading/pages.ts";
import { hydrate, presentTweet } from "../reading/tweets.ts";
import { actionsOf, call, type Caller } from "../../contract/actions.ts";
import { eventsOf } from "../../contract/events.ts";
import type { Node } from "../../seams/node.ts";
import { watchBigAuthors } from "./big-authors.ts";
import { fanOut } from "./fan-out.ts";
import { createHome } from "./home.ts";
import { type Part, readPage } from "../reading/page.ts";
import { watchUndelivered } from "./undelivered.ts";

/** How many tweets newer than the client's last one a sync brings at once. */
const SYNC_LIMIT = 200;
/**
 * A sync begins this long before the client's last tweet, in milliseconds: an id is given out before its write is
 * acknowledged, and a write may take a few seconds.
 */
const SYNC_OVERLAP = 20_000;
/** Tweets fanned out at once on a node. */
const FANOUTS_AT_ONCE = 32;

/** Home timelines, profiles and single tweets: fan-out, merge, rebuild, and the four steps of reading. */
export default function timelineService(node: Node): ServiceSchema {
  const { broker, config, channel } = node;
  const caller = broker as unknown as Caller;
  const undelivered = watchUndelivered(node);
  const bigAuthors = watchBigAuthors(node);
  const home = createHome(node, { undelivered, bigAuthors });
  const reportDelivered = batched((ids) => call(caller, "tweets.delivered", { ids }));

  return {
    name: "timeline",
    actions: actionsOf("timeline", {
      async home(ctx) {
        const { userId, ...range } = ctx.params;
        const skeleton = async (part: typeof range): Promise<Part> => {
          const { ids, ended, authors } = await home.skeleton(ctx, userId, part);
          return { ids, ended, allows: (tweet) => authors.has(tweet.authorId) };
        };
        const { tweets, last } = await readPage(ctx, skeleton, range, config.publicUrl);
        return { tweets, next: nextPage("/feed", range, last) };
      },

      async profile(ctx) {
        const { username, userId, viewerId, ...range } = ctx.params;
        const id =
          userId ?? (username === undefined ? undefined : (await call(ctx, "users.byUsername", { username })).id);
        if (id === undefined) throw new NotFoundError("There is no such user");
        const skeleton = async (part: typeof range): Promise<Part> => {
          const found = await call(ctx, "tweets.byAuthors", { authorIds: [id], order: "desc", ...part });
          return { ids: found.map((entry) => entry.id), ended: found.length < part.limit, allows: () => true };
        };
        const [user, { tweets, last }] = await Promise.all([
          call(ctx, "users.view", { id, viewerId }),
          readPage(ctx, skeleton, range, config.publicUrl),
        ]);
        const path = userId === undefined ? `/user/${user.username}` : "/user";
        return { user, tweets, next: nextPage(path, range, last) };
      },

      async tweet(ctx) {
        const tweet = await call(ctx, "tweets.get", ctx.params);
        const [author] = await call(ctx, "users.refs", { ids: [tweet.authorId] });
        if (!author) throw new UnavailableError("The tweet's author can't be read at the moment");
        return presentTweet(tweet, author, config.publicUrl);
      },

      async sync(ctx) {
        const { userId, after } = ctx.params;
        const from = idAt(timeOf(after) - SYNC_OVERLAP);
        // All of the overlap, and then up to the limit: so that each sync gets further than the last.
        const overlap = await home.newer(ctx, userId, from, SYNC_LIMIT);
        let ids = overlap.ids;
        let ended = overlap.ended;
        while (!ended && (ids.at(-1) ?? after) <= after) {
          const more = await home.newer(ctx, userId, ids.at(-1) ?? after, SYNC_LIMIT);
          ids = [...ids, ...more.ids];
          ended = more.ended;
        }
        const tweets = await hydrate(ctx, ids);
        return {
          tweets: tweets
            .filter(({ tweet }) => overlap.authors.has(tweet.authorId))
            .map(({ tweet, author }) => presentTweet(tweet, author, config.publicUrl)),
          more: !ended,
        };
      },

      forget: (ctx) => home.forget(ctx.params.userId),
    }),
    events: eventsOf({
      "tweet.created": ({ tweet }) => undelivered.add({ id: tweet.id, authorId: tweet.author.id }),
      "tweet.delivered": ({ ids }) => undelivered.remove(ids),
      "tweet.deleted": ({ id }) => undelivered.remove([id]),
    }),
    async started() {
      void broker.waitForServices("tweets").then(() => undelivered.start());
      void broker.waitForServices("graph").then(() => bigAuthors.start());
      await channel.subscribe({
        job: "tweet.created",
        group: "timeline",
        maxInFlight: FANOUTS_AT_ONCE,
        async handler(entry) {
          await fanOut(node, caller, entry);
          await reportDelivered(entry.id);
        },
      });
    },
    stopped() {
      undelivered.stop();
      bigAuthors.stop();
    },
  };
}
