import { LRUCache } from "lru-cache";
import type { ServiceBroker } from "moleculer";
import { call, type Caller } from "../../contract/call.ts";
import type { FoundTweet, Order, Range, TweetEntry } from "../../contract/records.ts";
import { isTransient, messageOf } from "../../lib/errors.ts";
import type { TimelineSlice, TimelineStore } from "../../seams/timelines/timeline-store.ts";
import { inRange, nextOf, type Skeleton } from "../reading/page.ts";
import type { TweetPlace } from "../reading/tweets.ts";
import type { BigAuthors } from "./big-authors.ts";
import type { Undelivered } from "./undelivered.ts";

/** The skeleton of a feed. Each entry comes once; its tweet may be gone or its author unfollowed meanwhile. */
export interface HomeSkeleton extends Skeleton<TweetPlace> {
  /** The authors whose tweets belong in the feed: the user, and those that the user follows. */
  authors: ReadonlySet<string>;
}

interface HomeParts {
  timelines: TimelineStore;
  /** Maximum number of ids in a list. */
  length: number;
  logger: ServiceBroker["logger"];
  undelivered: Undelivered;
  bigAuthors: BigAuthors;
}

/** The facts by which a list is completed and filtered. */
interface Known {
  pending: TweetEntry[];
  big: ReadonlySet<string>;
  authors: ReadonlySet<string>;
}

/**
 * Reads home timelines: from the user's list, merged with the tweets that lists lack, and beyond the end of the list
 * from the store. If this node's views are too old to be trusted, the whole page comes from the store: a feed may be
 * slow, but is always complete.
 */
export function createHome({ timelines, length, logger, undelivered, bigAuthors }: HomeParts) {
  /** By version of a list: the feed's authors when it was built. They stay valid, because a follow drops the list. */
  const authorsByVersion = new LRUCache<string, ReadonlySet<string>>({ max: 5000 });

  async function authorsOf(
    caller: Caller,
    userId: string,
    how: { fresh?: boolean; lasting?: boolean } = {},
  ): Promise<ReadonlySet<string>> {
    return new Set([userId, ...(await call(caller, "graph.followeeIds", { userId, ...how }))]);
  }

  /** @returns null when the user has no list, or the timeline store does not answer */
  async function readList(userId: string, { before, limit }: Range): Promise<TimelineSlice | null> {
    try {
      return await timelines.read(userId, { before, limit });
    } catch (error) {
      logger.debug("The timeline store does not answer; reading the feed from the tweets instead:", messageOf(error));
      return null;
    }
  }

  /**
   * Builds the user's list, unless another node is building it. TimelineStore explains why the order matters. Reads
   * only the primary: a tweet that a lagging replica lacks would be missing for as long as the list lives. So would those
   * of an author whose follow or unfollow an election still undoes, hence no list is built while one is not settled.
   */
  async function build(caller: Caller, userId: string): Promise<void> {
    const version = await timelines.begin(userId);
    if (version === null) return;
    const [authors, settled] = await Promise.all([
      authorsOf(caller, userId, { fresh: true }),
      authorsOf(caller, userId, { fresh: true, lasting: true }),
    ]);
    if (authors.symmetricDifference(settled).size > 0) return;
    const wanted = { authorIds: [...authors], order: "desc" as const, limit: length, fresh: true };
    const found = await call(caller, "tweets.entriesByAuthors", wanted);
    const ids = found.map(({ id }) => id);
    if (await timelines.fill(userId, version, ids, found.length < length)) authorsByVersion.set(version, authors);
  }

  async function readOrBuildList(caller: Caller, userId: string, range: Range): Promise<TimelineSlice | null> {
    const list = await readList(userId, range);
    if (list) return list;
    await build(caller, userId).catch((error: unknown) => {
      logger.debug("A home timeline could not be built:", messageOf(error));
    });
    return readList(userId, range);
  }

  async function fromStore(
    caller: Caller,
    userId: string,
    range: Range,
    { order, fresh = false }: { order: Order; fresh?: boolean },
  ): Promise<HomeSkeleton> {
    const authors = await authorsOf(caller, userId, { fresh });
    const found = await call(caller, "tweets.byAuthors", { authorIds: [...authors], order, ...range, fresh });
    return { entries: found, authors, next: nextOf(found, range.limit) };
  }

  /** The tweets that are not on the list: big authors' tweets, undelivered tweets, and tweets below its end. */
  async function besideList(caller: Caller, list: TimelineSlice, range: Range, known: Known): Promise<TweetPlace[]> {
    const { pending, big, authors } = known;
    const places: TweetPlace[] = pending
      .filter(({ id, authorId }) => authors.has(authorId) && inRange(id, range))
      .map(({ id }) => ({ id }));
    const reads: Promise<FoundTweet[]>[] = [];
    const bigFollowed = [...authors].filter((id) => big.has(id));
    if (bigFollowed.length > 0) {
      reads.push(call(caller, "tweets.byAuthors", { authorIds: bigFollowed, order: "desc", ...range }));
    }
    if (list.ids.length < range.limit && !list.complete) {
      const before = lesser(range.before, list.tail ?? undefined);
      reads.push(call(caller, "tweets.byAuthors", { authorIds: [...authors], order: "desc", ...range, before }));
    }
    for (const found of await Promise.all(reads)) places.push(...found);
    return places;
  }

  /** @returns null when there is no list, when this node's views are too old, or when the authors can't be read */
  async function fromList(caller: Caller, userId: string, range: Range): Promise<HomeSkeleton | null> {
    // Read the pending tweets before the list: between the two reads, a tweet can only move from pending to the list.
    const pending = undelivered.snapshot();
    const big = bigAuthors.snapshot();
    if (!pending || !big) return null;
    const list = await readOrBuildList(caller, userId, range);
    if (!list) return null;
    const known = authorsByVersion.get(list.version);
    const authors = known ?? (await authorsOf(caller, userId, { fresh: true }).catch(nullIfTransient));
    if (!authors) return null;
    authorsByVersion.set(list.version, authors);
    const beside = await besideList(caller, list, range, { pending, big, authors });
    const entries = merge(list.ids, beside)
      .filter(({ id }) => inRange(id, range))
      .slice(0, range.limit);
    return { entries, authors, next: nextOf(entries, range.limit) };
  }

  return {
    /** One page of the user's feed, newest first. */
    async skeleton(caller: Caller, userId: string, range: Range): Promise<HomeSkeleton> {
      return (await fromList(caller, userId, range)) ?? (await fromStore(caller, userId, range, { order: "desc" }));
    },

    /**
     * The feed's tweets that are newer than `after`, oldest first. They come from the store's primary, because a client
     * does not ask again for tweets that a lagging replica lacked. If there is no primary, finding that out takes
     * seconds; by then the replicas agree, so falling back is safe.
     */
    async newer(caller: Caller, userId: string, after: string, limit: number): Promise<HomeSkeleton> {
      const range = { after, limit };
      return fromStore(caller, userId, range, { order: "asc", fresh: true }).catch((error: unknown) => {
        if (!isTransient(error)) throw error;
        return fromStore(caller, userId, range, { order: "asc" });
      });
    },

    forget: (userId: string): Promise<void> => timelines.drop([userId]),
  };
}

export type Home = ReturnType<typeof createHome>;

/** The list's ids and the places beside the list, newest first, each once. */
function merge(ids: readonly string[], beside: readonly TweetPlace[]): TweetPlace[] {
  if (beside.length === 0) return ids.map((id) => ({ id }));
  const places = new Map<string, TweetPlace>(ids.map((id) => [id, { id }]));
  for (const place of beside) if (!places.get(place.id)?.tweet) places.set(place.id, place);
  return [...places.values()].sort((a, b) => (a.id < b.id ? 1 : -1));
}

function nullIfTransient(error: unknown): null {
  if (!isTransient(error)) throw error;
  return null;
}

function lesser(a: string | undefined, b: string | undefined): string | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return a < b ? a : b;
}
