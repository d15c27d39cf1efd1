import { LRUCache } from "lru-cache";
import type { ServiceSchema } from "moleculer";
import { ConflictError, ForbiddenError, NotFoundError, UnavailableError } from "../../lib/errors.ts";
import { nowOrSoon } from "../../lib/now-or-soon.ts";
import { normalizeId } from "../../lib/snowflake.ts";
import { findThrough, loadFrom, readThrough } from "../../seams/cache/cache.ts";
import { rangeQuery } from "../reading/pages.ts";
import { DuplicateKeyError, type ReadOptions } from "../../seams/collections/collection.ts";
import { findOrAskPrimary } from "../../seams/collections/primary.ts";
import { createCounter } from "../../seams/collections/large-counts.ts";
import { storeMixin } from "../../mixins/store.mixin.ts";
import { presentTweet } from "../reading/tweets.ts";
import {
  actionsOf,
  call,
  type Caller,
  type Params,
  type TweetEntry,
  type TweetRecord,
} from "../../contract/actions.ts";
import type { Media } from "../../contract/shapes.ts";
import { broadcast, eventsOf } from "../../contract/events.ts";
import type { Node } from "../../seams/node.ts";
import { createOutbox } from "./outbox.ts";
import { checkText, mentionedNames } from "./text.ts";
import { sameContent, toRecord, tombstoneUpdate, type TweetContent, type TweetDoc, TWEETS } from "./tweet-doc.ts";

/** The most undelivered tweets that are worth listing one by one; with more, readers go to the store. */
const UNDELIVERED_LIMIT = 1000;
/** `$in` over more authors than this would make MongoDB sort in memory instead of merging index scans. */
const AUTHORS_PER_QUERY = 150;
/** For what a client is told to be done. */
const FRESH: ReadOptions = { fresh: true };
/** So many of the latest tweets tell who is active at the moment. */
const RECENT_TWEETS = 200;
/** How long they are taken for the latest, in milliseconds: it is a hint, and reading them is not for free. */
const RECENT_TTL = 10_000;
/** For how long who deletes a tweet again has everybody told again, in milliseconds: longer than clients retry a call. */
const RETOLD_WITHIN = 60_000;
const ID = /^\d{17,19}$/;

/** The tweets, and the outbox that gets each one delivered. */
export default function tweetsService(node: Node): ServiceSchema {
  const { broker, ids, config } = node;
  const tweets = node.collection<TweetDoc>(TWEETS);
  const cache = node.cache<TweetRecord>({ name: "tweet", ttl: 3600, max: 50_000 });
  const count = createCounter(tweets);
  const recent = new LRUCache<"authors", string[]>({ max: 1, ttl: RECENT_TTL });
  const outbox = createOutbox(node, tweets);

  const load = loadFrom(tweets, toRecord);

  async function find(idOrKey: string): Promise<TweetRecord> {
    const byId = ID.test(idOrKey) ? await findThrough(cache, idOrKey, load, tweets) : null;
    const tweet =
      byId ?? toRecord(await findOrAskPrimary(tweets, (options) => tweets.findOne({ key: idOrKey }, options)));
    if (!tweet) throw new NotFoundError(`There is no tweet ${idOrKey}`);
    return tweet;
  }

  /** The tweet, or what a deletion has left of it. */
  async function findDoc(idOrKey: string): Promise<TweetDoc | null> {
    const byId = ID.test(idOrKey) ? await tweets.findById(idOrKey, FRESH) : null;
    return byId ?? (await tweets.findOne({ key: idOrKey }, FRESH));
  }

  /** Takes a deleted tweet from wherever it is still shown. @param at when it was deleted, in milliseconds since 1970 */
  async function forget(id: string, authorId: string, at: number): Promise<void> {
    await nowOrSoon(broker.logger, `taking the deleted tweet ${id} from the cache`, () => cache.put(id, null));
    if (Date.now() - at < RETOLD_WITHIN) broadcast(broker, "tweet.deleted", { id, authorId });
  }

  /** The tweet that has the key already, when this is the same one sent again. */
  async function findTwin(key: string, authorId: string, content: TweetContent): Promise<TweetRecord> {
    // Saying that it is there is a promise: so it must be there to stay.
    const doc = await tweets.findOne({ key }, { lasting: true });
    const twin = toRecord(doc);
    if (!doc) throw new UnavailableError("The tweet with this key can't be read at the moment");
    if (!twin)
      throw new ConflictError("The tweet with this key was deleted; a new tweet needs a new key", "KEY_DELETED");
    if (twin.authorId !== authorId) throw new ConflictError("This key is taken by another author's tweet", "KEY_TAKEN");
    if (!sameContent(twin, content)) {
      throw new ConflictError("A tweet with this key and other content exists already", "KEY_CONTENT");
    }
    return twin;
  }

  /** Media are noted as this tweet's before it is written. When it is not written after all, that is noticed later. */
  async function useMedia(caller: Caller, wanted: string[], ownerId: string, by: string): Promise<Media[]> {
    if (wanted.length === 0) return [];
    return call(caller, "media.use", { ids: wanted, ownerId, by, field: "media" });
  }

  async function insert(
    caller: Caller,
    doc: Omit<TweetDoc, "_id" | "key" | "delivered" | "notified" | "media">,
    mediaIds: string[],
    key: string,
  ): Promise<TweetRecord | null> {
    for (;;) {
      const _id = ids.next();
      const media = await useMedia(caller, mediaIds, doc.authorId!, _id);
      try {
        return toRecord(await tweets.insert({ _id, key, ...doc, media, delivered: false, notified: false }));
      } catch (error) {
        if (!(error instanceof DuplicateKeyError)) throw error;
        if (media.length > 0) await call(caller, "media.release", { by: _id, keep: true });
        if (error.field === "key") return null;
        // Two nodes drew the same id: draw again.
      }
    }
  }

  async function create(
    caller: Caller,
    params: Params<"tweets.create">,
  ): Promise<{ tweet: TweetRecord; created: boolean }> {
    const { authorId, key, text, location = null, metadata = {} } = params;
    const mediaIds = (params.media ?? []).map((id) => normalizeId(id) ?? id);
    checkText(text, mediaIds.length > 0);
    const content = { text, mediaIds, location, metadata };
    // An id is looked up before a key: a key in the shape of somebody's id could never be read.
    if (ID.test(key) && (await tweets.findById(key, FRESH))) {
      const twin = await tweets.findOne({ key }, FRESH);
      if (twin?.authorId !== authorId) throw new ConflictError("This key is another tweet's id", "KEY_TAKEN");
    }
    const names = mentionedNames(text);
    const mentions = names.length > 0 ? await call(caller, "users.idsByUsernames", { usernames: names }) : [];
    // A tweet that is sent again may have lost its media meanwhile, when it was deleted: that is for the key to tell.
    const isRepeated = mediaIds.length > 0 && (await tweets.findOne({ key }, FRESH)) !== null;
    const doc = { authorId, text, location, metadata, mentions };
    const stored = isRepeated ? null : await insert(caller, doc, mediaIds, key);
    if (stored) return { tweet: stored, created: true };
    return { tweet: await findTwin(key, authorId, content), created: false };
  }

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
        if (created) outbox.publish(tweet, author);
        return { tweet: presentTweet(tweet, author, config.publicUrl), created };
      },

      async remove(ctx) {
        const { idOrKey, userId } = ctx.params;
        const doc = await findDoc(idOrKey);
        const ownerId = doc?.authorId ?? doc?.deletedBy;
        const isGone = doc?.authorId === undefined;
        if (!doc || (isGone && ownerId !== userId)) throw new NotFoundError(`There is no tweet ${idOrKey}`);
        if (ownerId !== userId) throw new ForbiddenError("Only its author may delete a tweet");
        const query = { _id: doc._id, authorId: userId };
        const removed = isGone ? null : await tweets.updateOne(query, tombstoneUpdate(userId, Date.now()));
        // Also when it was deleted before: this may be the retry of a call that died before all were told.
        await forget(doc._id, userId, doc.deletedAt ?? Date.now());
        if (!removed) throw new NotFoundError(`There is no tweet ${idOrKey}`);
      },

      get: (ctx) => find(ctx.params.idOrKey),
      async getMany({ params: { ids: wanted, fresh } }) {
        const found = await (fresh ? load(wanted, { fresh }) : readThrough(cache, wanted, load, tweets));
        return found.map((tweet) => tweet ?? null);
      },

      async byAuthors(ctx) {
        const { authorIds, order, fresh = false, ...range } = ctx.params;
        const chunks = [];
        for (let at = 0; at < authorIds.length; at += AUTHORS_PER_QUERY) {
          chunks.push(authorIds.slice(at, at + AUTHORS_PER_QUERY));
        }
        const found = await Promise.all(
          chunks.map((authors) =>
            tweets.find({
              query: { authorId: authors.length === 1 ? authors[0] : { $in: authors }, ...rangeQuery("_id", range) },
              sort: [order === "asc" ? "_id" : "-_id"],
              limit: range.limit,
              fresh,
            }),
          ),
        );
        return toEntries(found.flat())
          .sort((a, b) => (a.id < b.id === (order === "asc") ? -1 : 1))
          .slice(0, range.limit);
      },

      async mentioning(ctx) {
        const { userId, ...range } = ctx.params;
        const query = { mentions: userId, ...rangeQuery("_id", range) };
        return toEntries(await tweets.find({ query, sort: ["-_id"], limit: range.limit }));
      },

      async recentAuthors() {
        const known = recent.get("authors");
        if (known) return known;
        const latest = toEntries(await tweets.find({ sort: ["-_id"], limit: RECENT_TWEETS }));
        const authors = [...new Set(latest.map(({ authorId }) => authorId))];
        recent.set("authors", authors);
        return authors;
      },

      count: (ctx) => count({ authorId: ctx.params.authorId }),

      async undelivered() {
        // What a replica does not know yet would be missing from feeds.
        const query = { delivered: false };
        const found = await tweets.find({ query, sort: ["_id"], limit: UNDELIVERED_LIMIT, ...FRESH });
        return { entries: toEntries(found), more: found.length === UNDELIVERED_LIMIT };
      },

      async delivered(ctx) {
        const { ids: done } = ctx.params;
        await tweets.updateMany({ _id: { $in: done } }, { $set: { delivered: true } });
        broadcast(broker, "tweet.delivered", { ids: done });
      },

      async notified(ctx) {
        await tweets.updateMany(
          { _id: { $in: ctx.params.ids } },
          { $set: { notified: true }, $unset: { notifying: true } },
        );
      },

      async notifying(ctx) {
        const { id, before } = ctx.params;
        await tweets.updateOne({ _id: id, notified: false }, { $set: { notifying: { before, at: Date.now() } } });
      },
    }),
    events: eventsOf({
      // Ids of other nodes move this node's clock, so that its own are always newer than what it has seen.
      "tweet.created": ({ tweet }) => ids.observe(tweet.id),
    }),
    async started() {
      const [newest] = await tweets.find({ sort: ["-_id"], limit: 1 });
      if (newest) ids.observe(newest._id);
      // The sweep names the authors, so it waits for the service that knows them, and the start does not.
      void broker.waitForServices("users").then(() => outbox.start());
    },
    async stopped() {
      await outbox.stop();
      await cache.close();
    },
  };
}

function toEntries(docs: TweetDoc[]): TweetEntry[] {
  return docs.flatMap(({ _id, authorId }) => (authorId === undefined ? [] : [{ id: _id, authorId }]));
}
