import { LRUCache } from "lru-cache";
import type { Params, Result } from "../../contract/call.ts";
import type { FoundTweet, Order, Range, TweetEntry, TweetRecord } from "../../contract/records.ts";
import { NotFoundError } from "../../lib/errors.ts";
import { type Cache, findThrough, loadFrom, readThrough } from "../../seams/cache/cache.ts";
import type { Collection, FindFilter, ReadOptions } from "../../seams/collections/collection.ts";
import { createCounter } from "../../seams/collections/large-counts.ts";
import { findOrAskPrimary, readNotingSource } from "../../seams/collections/primary.ts";
import { rangeQuery } from "../reading/page.ts";
import { LOOKS_LIKE_ID, toEntry, toRecord, type TweetDoc } from "./tweet-doc.ts";

/** From this many undelivered tweets on, a list costs more than it saves, so readers go to the store instead. */
const UNDELIVERED_LIMIT = 1000;
/** The authors of this many latest tweets count as active. */
const RECENT_TWEETS = 200;
/** The list of active authors is reused for this long, because it is only a hint. */
const RECENT_REUSED_FOR_MS = 10_000;

type ByAuthors = { authorIds: string[]; order: Order } & ReadOptions & Range;

/** Reads tweets: one, many by id, and lists of them. */
export function createTweetReader(tweets: Collection<TweetDoc>, cache: Cache<TweetRecord>) {
  const load = loadFrom(tweets, toRecord);
  const count = createCounter(tweets);
  const recent = new LRUCache<"authors", string[]>({ max: 1, ttl: RECENT_REUSED_FOR_MS });

  const findTweets = (filter: FindFilter) => tweets.find(filter);
  /** The places of tweets alone, which the store finds in an index. */
  const findPlaces = (filter: FindFilter) => tweets.findFields(filter, ["authorId"]);

  function byAuthors({ authorIds, order, fresh = false, ...range }: ByAuthors): FindFilter {
    return {
      query: { authorId: authorIds.length === 1 ? authorIds[0] : { $in: authorIds }, ...rangeQuery("_id", range) },
      sort: [order === "asc" ? "_id" : "-_id"],
      limit: range.limit,
      fresh,
    };
  }

  function mentioning({ userId, ...range }: { userId: string } & Range): FindFilter {
    return { query: { mentions: userId, ...rangeQuery("_id", range) }, sort: ["-_id"], limit: range.limit };
  }

  async function foundBy(find: () => Promise<TweetDoc[]>): Promise<FoundTweet[]> {
    const { found, fromPrimary } = await readNotingSource(tweets, find);
    const records = found.map(toRecord).filter((tweet) => tweet !== null);
    return records.map((tweet) => ({ id: tweet.id, authorId: tweet.authorId, ...(fromPrimary && { tweet }) }));
  }

  async function entriesOf(found: ReturnType<typeof findPlaces>): Promise<TweetEntry[]> {
    return (await found).map(toEntry).filter((entry) => entry !== null);
  }

  return {
    /** @throws NotFoundError */
    async get({ idOrKey }: Params<"tweets.get">): Promise<TweetRecord> {
      const byId = LOOKS_LIKE_ID.test(idOrKey) ? await findThrough(cache, idOrKey, load, tweets) : null;
      const byKey = (options?: ReadOptions) => tweets.findOne({ key: idOrKey }, options);
      const tweet = byId ?? toRecord(await findOrAskPrimary(tweets, byKey));
      if (!tweet) throw new NotFoundError(`There is no tweet ${idOrKey}`);
      return tweet;
    },

    async getMany({ ids, fresh }: Params<"tweets.getMany">): Promise<(TweetRecord | null)[]> {
      const found = await (fresh ? load(ids, { fresh }) : readThrough(cache, ids, load, tweets));
      return found.map((tweet) => tweet ?? null);
    },

    byAuthors: (params: Params<"tweets.byAuthors">) => foundBy(() => findTweets(byAuthors(params))),
    entriesByAuthors: (params: Params<"tweets.entriesByAuthors">) => entriesOf(findPlaces(byAuthors(params))),
    mentioning: (params: Params<"tweets.mentioning">) => foundBy(() => findTweets(mentioning(params))),
    entriesMentioning: (params: Params<"tweets.entriesMentioning">) => entriesOf(findPlaces(mentioning(params))),
    count: ({ authorId }: Params<"tweets.count">) => count({ authorId }),

    async recentAuthors(): Promise<string[]> {
      const known = recent.get("authors");
      if (known) return known;
      const latest = await entriesOf(findPlaces({ sort: ["-_id"], limit: RECENT_TWEETS }));
      const authors = [...new Set(latest.map(({ authorId }) => authorId))];
      recent.set("authors", authors);
      return authors;
    },

    async undelivered(): Promise<Result<"tweets.undelivered">> {
      // From the primary: an undelivered tweet that a replica lacks would be missing from feeds.
      const found = await findPlaces({
        query: { delivered: false },
        sort: ["_id"],
        limit: UNDELIVERED_LIMIT,
        fresh: true,
      });
      return { entries: await entriesOf(Promise.resolve(found)), more: found.length === UNDELIVERED_LIMIT };
    },

    async newestId(): Promise<string | undefined> {
      return (await tweets.findFields({ sort: ["-_id"], limit: 1 }, []))[0]?._id;
    },
  };
}
