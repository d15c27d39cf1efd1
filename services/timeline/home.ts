import { LRUCache } from "lru-cache";
import { messageOf } from "../../lib/errors.ts";
import { inRange } from "../reading/pages.ts";
import { isTransient } from "../../lib/errors.ts";
import { call, type Caller, type Order, type Range, type TweetEntry } from "../../contract/actions.ts";
import type { Node } from "../../seams/node.ts";
import type { BigAuthors } from "./big-authors.ts";
import type { TimelineSlice } from "../../seams/timelines/timeline-store.ts";
import type { Undelivered } from "./undelivered.ts";

/** The first step of reading a feed. */
export interface Skeleton {
  /** In the order asked, each once; some may be gone or unfollowed meanwhile. */
  ids: string[];
  /** Whose tweets belong in the feed: those followed, and the user. */
  authors: ReadonlySet<string>;
  /** Nothing of the feed lies beyond these, within the range. */
  ended: boolean;
}

/** What a node needs to read home timelines. */
export interface HomeSources {
  undelivered: Undelivered;
  bigAuthors: BigAuthors;
}

/**
 * Reads home timelines: from the user's list where there is one, with what is not on lists merged in, and from the
 * store where the list ends. Whatever this node can't be sure of, it asks the store about: a feed is complete or slow,
 * never wrong.
 */
export function createHome(node: Node, { undelivered, bigAuthors }: HomeSources) {
  const { timelines, config, broker } = node;
  /** The authors of a feed, as they were when the list of that version was built; a follow drops the list. */
  const authorsByVersion = new LRUCache<string, ReadonlySet<string>>({ max: 5000 });

  async function authorsOf(caller: Caller, userId: string, fresh = false): Promise<ReadonlySet<string>> {
    const follows = await call(caller, "graph.following", { userId, fresh });
    return new Set([userId, ...follows.map((follow) => follow.followeeId)]);
  }

  async function readList(
    userId: string,
    range: { before?: string | undefined; limit: number },
  ): Promise<TimelineSlice | null> {
    try {
      return await timelines.read(userId, range);
    } catch (error) {
      broker.logger.debug("The timeline store does not answer, reading from the store:", messageOf(error));
      return null;
    }
  }

  /**
   * Builds the user's list, unless someone else is at it. Its order matters: see TimelineStore. It is built from the
   * primary alone: what a replica that lags does not have would be missing for as long as the list lives.
   */
  async function build(caller: Caller, userId: string): Promise<void> {
    const version = await timelines.begin(userId);
    if (version === null) return;
    const authors = await authorsOf(caller, userId, true);
    const limit = config.timelineLength;
    const found = await call(caller, "tweets.byAuthors", {
      authorIds: [...authors],
      order: "desc",
      limit,
      fresh: true,
    });
    const ids = found.map((entry) => entry.id);
    if (await timelines.fill(userId, version, ids, found.length < limit)) authorsByVersion.set(version, authors);
  }

  async function fromStore(
    caller: Caller,
    userId: string,
    range: Range,
    order: Order,
    fresh = false,
  ): Promise<Skeleton> {
    const authors = await authorsOf(caller, userId, fresh);
    const found = await call(caller, "tweets.byAuthors", { authorIds: [...authors], order, ...range, fresh });
    return { ids: found.map((entry) => entry.id), authors, ended: found.length < range.limit };
  }

  /** What the list does not say: big authors' tweets, those on their way, and what lies below its end. */
  async function besideList(
    caller: Caller,
    list: TimelineSlice,
    range: Range,
    known: { pending: TweetEntry[]; big: ReadonlySet<string>; authors: ReadonlySet<string> },
  ): Promise<string[]> {
    const { pending, big, authors } = known;
    const ids = pending
      .filter((entry) => authors.has(entry.authorId) && inRange(entry.id, range))
      .map((entry) => entry.id);
    const merged = [...authors].filter((id) => big.has(id));
    const reads = [];
    if (merged.length > 0) reads.push(call(caller, "tweets.byAuthors", { authorIds: merged, order: "desc", ...range }));
    const reachesEnd = list.ids.length < range.limit;
    if (reachesEnd && !list.complete) {
      const before = lesser(range.before, list.tail ?? undefined);
      reads.push(call(caller, "tweets.byAuthors", { authorIds: [...authors], order: "desc", ...range, before }));
    }
    for (const found of await Promise.all(reads)) ids.push(...found.map((entry) => entry.id));
    return ids;
  }

  async function fromList(caller: Caller, userId: string, range: Range): Promise<Skeleton | null> {
    // What is pending is looked at before the list: between the two looks a tweet can only move from here to there.
    const pending = undelivered.snapshot();
    const big = bigAuthors.snapshot();
    if (!pending || !big) return null;
    let list = await readList(userId, range);
    if (!list) {
      await build(caller, userId).catch((error: unknown) => {
        broker.logger.debug("A home timeline could not be built:", messageOf(error));
      });
      list = await readList(userId, range);
    }
    if (!list) return null;
    const authors =
      authorsByVersion.get(list.version) ?? (await authorsOf(caller, userId, true).catch(nullIfTransient));
    if (!authors) return null;
    authorsByVersion.set(list.version, authors);
    const beside = await besideList(caller, list, range, { pending, big, authors });
    const all = beside.length > 0 ? [...new Set([...list.ids, ...beside])].sort().reverse() : list.ids;
    const ids = all.filter((id) => inRange(id, range)).slice(0, range.limit);
    return { ids, authors, ended: ids.length < range.limit };
  }

  return {
    /** The ids of one page of the user's feed, newest first. */
    async skeleton(caller: Caller, userId: string, range: Range): Promise<Skeleton> {
      return (await fromList(caller, userId, range)) ?? (await fromStore(caller, userId, range, "desc"));
    },

    /**
     * The ids of the feed that are newer than `after`, oldest first: always from the store, and from its primary, since
     * a client does not ask again for what a replica that lags did not have. Without a primary for as long as that took
     * to find out, the replicas have caught up with each other.
     */
    async newer(caller: Caller, userId: string, after: string, limit: number): Promise<Skeleton> {
      // One more than is wanted tells whether there are more.
      const range = { after, limit: limit + 1 };
      const { ids, authors } = await fromStore(caller, userId, range, "asc", true).catch((error: unknown) => {
        if (!isTransient(error)) throw error;
        return fromStore(caller, userId, range, "asc");
      });
      return { ids: ids.slice(0, limit), authors, ended: ids.length <= limit };
    },

    forget: (userId: string): Promise<void> => timelines.drop([userId]),
  };
}

export type Home = ReturnType<typeof createHome>;

function nullIfTransient(error: unknown): null {
  if (!isTransient(error)) throw error;
  return null;
}

function lesser(a: string | undefined, b: string | undefined): string | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return a < b ? a : b;
}
