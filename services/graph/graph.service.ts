import { LRUCache } from "lru-cache";
import type { ServiceSchema } from "moleculer";
import { InvalidError, messageOf, UnavailableError } from "../../lib/errors.ts";
import { nowOrSoon } from "../../lib/now-or-soon.ts";
import { timeOf } from "../../lib/snowflake.ts";
import { DuplicateKeyError, type ReadOptions } from "../../seams/collections/collection.ts";
import { createCounter } from "../../seams/collections/large-counts.ts";
import { storeMixin } from "../../mixins/store.mixin.ts";
import { actionsOf, type BigAuthor, call, type Caller, type FollowRecord, type Range } from "../../contract/actions.ts";
import { broadcast } from "../../contract/events.ts";
import type { UserPage } from "../../contract/shapes.ts";
import { nextPage, rangeQuery } from "../reading/pages.ts";
import type { Node } from "../../seams/node.ts";

interface FollowDoc {
  /** See {@link idOf}. */
  _id: string;
  /** A Snowflake of the time at which it began: the cursor of the lists. */
  seq: string;
  followerId: string;
  followeeId: string;
  notify: boolean;
}

interface BigAuthorDoc {
  _id: string;
  since: number | null;
}

/** Within this, a follow that is there already may be a retry's own, in milliseconds. */
const RETRIED_WITHIN = 120_000;
/** How long the number of an author's followers is believed when a fan-out asks for it, in milliseconds. */
const AUDIENCE_TTL = 1000;

/** Who follows whom. */
export default function graphService(node: Node): ServiceSchema {
  const { broker, ids, config } = node;
  const follows = node.collection<FollowDoc>({
    name: "follows",
    indexes: [
      { fields: { followeeId: 1, seq: -1 } },
      { fields: { followeeId: 1, notify: 1, seq: -1 } },
      { fields: { followerId: 1, seq: -1 } },
    ],
  });
  const count = createCounter(follows);
  const bigAuthors = node.collection<BigAuthorDoc>({ name: "big_authors", indexes: [] });
  const audiences = new LRUCache<string, { big: BigAuthor | null }>({ max: 10_000, ttl: AUDIENCE_TTL });

  /** The home list must go before the caller hears that they follow; when it can't be reached, as soon as it can. */
  const forget = (userId: string): Promise<void> =>
    nowOrSoon(broker.logger, `dropping the home timeline of ${userId}`, () =>
      call(broker as unknown as Caller, "timeline.forget", { userId }),
    );

  /**
   * Changes whom somebody follows. Their feed and their sockets follow suit whatever comes of it: a change that failed
   * may be stored all the same, and one that changed nothing may be the retry of it.
   */
  async function change<R>(followerId: string, work: () => Promise<R>): Promise<R> {
    try {
      return await work();
    } finally {
      await forget(followerId);
      broadcast(broker, "follows.changed", { followerId });
    }
  }

  /** @returns the follow as it is now, and whether this call made it */
  async function upsert(doc: FollowDoc): Promise<{ doc: FollowDoc; created: boolean }> {
    for (;;) {
      try {
        return { doc: await follows.insert(doc), created: true };
      } catch (error) {
        if (!(error instanceof DuplicateKeyError)) throw error;
      }
      const { _id, notify } = doc;
      const changed = await follows.updateOne({ _id, notify: !notify }, { $set: { notify } });
      const there = changed ?? (await follows.findById(_id, { fresh: true }));
      if (there) return { doc: there, created: false };
      // It was removed between the insert and the look: insert again.
    }
  }

  const page = async (
    field: "followerId" | "followeeId",
    userId: string,
    range: Range & ReadOptions,
  ): Promise<FollowRecord[]> =>
    (
      await follows.find({
        query: { [field]: userId, ...rangeQuery("seq", range) },
        sort: ["-seq"],
        limit: range.limit,
        fresh: range.fresh,
      })
    ).map(toRecord);

  async function userPage(
    caller: Caller,
    list: "followers" | "following",
    username: string,
    range: Range,
  ): Promise<UserPage> {
    const user = await call(caller, "users.byUsername", { username });
    const [field, other] =
      list === "followers" ? (["followeeId", "followerId"] as const) : (["followerId", "followeeId"] as const);
    // Clients see users, not follows: a user's id stands for the follow that put them into this list.
    const placeOf = async (id: string | undefined) => {
      if (id === undefined) return undefined;
      const follow = await follows.findById(list === "followers" ? idOf(id, user.id) : idOf(user.id, id));
      return follow?.seq ?? id;
    };
    const [before, after] = await Promise.all([placeOf(range.before), placeOf(range.after)]);
    const found = await page(field, user.id, { before, after, limit: range.limit + 1 });
    const shown = found.slice(0, range.limit);
    const refs = await call(caller, "users.refs", { ids: shown.map((follow) => follow[other]) });
    const last = found.length > range.limit ? shown.at(-1)?.id : undefined;
    return {
      users: refs.filter((ref) => ref !== null),
      next: nextPage(`/user/${user.username}/${list}`, { ...range, after }, last),
    };
  }

  /** Since when an author is big is taken down when every reader can see that it is: the write may take a while. */
  async function findBig(userId: string): Promise<BigAuthor | null> {
    const known = await bigAuthors.findById(userId, { fresh: true });
    if (known?.since) return { id: userId, since: known.since };
    if (!known) {
      const limit = config.fanoutLimit + 1;
      if ((await follows.count({ query: { followeeId: userId }, limit, fresh: true })) < limit) return null;
      try {
        await bigAuthors.insert({ _id: userId, since: null });
      } catch (error) {
        if (!(error instanceof DuplicateKeyError)) throw error;
      }
    }
    const marked = await bigAuthors.updateOne({ _id: userId, since: null }, { $set: { since: Date.now() } });
    return { id: userId, since: marked?.since ?? null };
  }

  return {
    name: "graph",
    mixins: [storeMixin(follows, bigAuthors)],
    actions: actionsOf("graph", {
      async follow(ctx) {
        const { followerId, followeeId, notify = true } = ctx.params;
        if (followerId === followeeId) {
          throw new InvalidError([{ field: "username", message: "is your own: you can't follow yourself" }]);
        }
        // Before anything is stored, since nobody would be told of it after a failure.
        const [follower] = await call(ctx, "users.refs", { ids: [followerId] });
        if (!follower) throw new UnavailableError("The follower can't be read at the moment");
        const _id = idOf(followerId, followeeId);
        const { doc, created } = await change(followerId, () =>
          upsert({ _id, seq: ids.next(), followerId, followeeId, notify }),
        );
        const follow = toRecord(doc);
        if (created) broadcast(broker, "follow.created", { follow, follower });
        // One that is young may be there from a try that died before this; a push goes out once, whatever comes twice.
        if (timeOf(doc.seq) < ids.time() - RETRIED_WITHIN) return;
        node.channel.publish("follow.notify", doc.seq, follow).catch((error: unknown) => {
          broker.logger.warn("Somebody who is away is not told of a follower:", messageOf(error));
        });
      },

      async unfollow(ctx) {
        const { followerId, followeeId } = ctx.params;
        await change(followerId, () => follows.removeById(idOf(followerId, followeeId)));
      },

      async following(ctx) {
        const { userId, fresh = false } = ctx.params;
        return (await follows.find({ query: { followerId: userId }, fresh })).map(toRecord);
      },

      followingPage: (ctx) => page("followerId", ctx.params.userId, ctx.params),
      followersPage: (ctx) => page("followeeId", ctx.params.userId, ctx.params),

      async notifiedPage(ctx) {
        const { userId, before, limit } = ctx.params;
        const query = { followeeId: userId, notify: true, seq: { $lt: before } };
        // Whom a replica does not know yet would never be told: the tweet is done after this.
        return (await follows.find({ query, sort: ["-seq"], limit, fresh: true })).map(toRecord);
      },

      followers: (ctx) => userPage(ctx, "followers", ctx.params.username, ctx.params),
      followees: (ctx) => userPage(ctx, "following", ctx.params.username, ctx.params),

      async counts(ctx) {
        const { userId } = ctx.params;
        const [followers, following] = await Promise.all([
          count({ followeeId: userId }),
          count({ followerId: userId }),
        ]);
        return { followers, following };
      },

      async relation(ctx) {
        const { viewerId, userId } = ctx.params;
        const [out, back] = await Promise.all([
          follows.findById(idOf(viewerId, userId)),
          follows.findById(idOf(userId, viewerId)),
        ]);
        return { following: out !== null, followedBy: back !== null, notify: out?.notify ?? false };
      },

      async suggestions(ctx) {
        const { userId, limit } = ctx.params;
        const authors = await call(ctx, "tweets.recentAuthors", {});
        const known = userId === undefined ? [] : await follows.find({ query: { followerId: userId } });
        const taken = new Set([userId, ...known.map(({ followeeId }) => followeeId)]);
        const others = authors.filter((id) => !taken.has(id)).slice(0, limit);
        return (await call(ctx, "users.refs", { ids: others })).filter((ref) => ref !== null);
      },

      followersCount: (ctx) =>
        follows.count({ query: { followeeId: ctx.params.userId, seq: { $gt: ctx.params.after } } }),

      async bigAuthor(ctx) {
        const { userId } = ctx.params;
        const known = audiences.get(userId);
        if (known) return known.big;
        const big = await findBig(userId);
        audiences.set(userId, { big });
        return big;
      },

      // What a replica does not know yet would be missing from feeds.
      bigAuthors: async () => (await bigAuthors.find({ fresh: true })).map(({ _id, since }) => ({ id: _id, since })),
    }),
  };
}

/** One document for each pair, so that nobody follows somebody twice. */
function idOf(followerId: string, followeeId: string): string {
  return `${followerId}:${followeeId}`;
}

function toRecord({ seq, followerId, followeeId, notify }: FollowDoc): FollowRecord {
  return { id: seq, followerId, followeeId, notify };
}
