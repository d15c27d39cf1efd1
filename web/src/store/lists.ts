import { signal, type Signal } from "@preact/signals";
import { api } from "../api/api.ts";
import { explain } from "../api/request.ts";
import type { Tweet, User } from "../api/shapes.ts";
import { deletedIds, isDeleted, keepTweets, tweetOf } from "./tweets.ts";

interface ListState {
  /** Newest first. */
  readonly ids: readonly string[];
  /** New tweets that are not shown yet, newest first. */
  readonly waiting: readonly string[];
  /** Path of the next older page; null at the end. */
  readonly next: string | null;
  readonly status: "idle" | "loading" | "failed";
  readonly error: string;
  /** Whether the server has answered at least once. */
  readonly loaded: boolean;
}

/** A list of tweets, newest first, that is read page by page and grows at the top. */
export interface TweetList {
  readonly state: Signal<ListState>;
  /** Measured row heights (px) by tweet: with them a list reopens at the very place where the reader left. */
  readonly heights: Map<string, number>;
  /** Tweets that arrived live and have not been drawn yet: they slide in. */
  readonly fresh: Set<string>;
  /** Set by the component that shows the list: the reader is in the middle of it, so new tweets wait. */
  reading: boolean;
  /** Reads the newest page, and trusts it for the time that it covers. @throws ApiError, NetworkError */
  refresh(): Promise<void>;
  /** Reads the next older page, of so many tweets if the usual number is too few. A failure ends up in the state. */
  loadMore(most?: number): Promise<void>;
  /** Adds new tweets. Tweets older than the last loaded page are left to paging. @returns the number of new tweets */
  add(tweets: readonly Tweet[], options?: { now?: boolean }): number;
  /** Shows the waiting tweets. */
  reveal(): void;
  /** Takes the tweets that match out of the list. */
  remove(matches: (tweet: Tweet) => boolean): void;
  newest(): string | undefined;
  /** Ends the list: it no longer follows deletions. */
  dispose(): void;
}

const EMPTY: ListState = { ids: [], waiting: [], next: null, status: "idle", error: "", loaded: false };

/**
 * A page that is read this soon after a live tweet may lack the tweet, because the nodes of a cluster do not all learn
 * of it at the same time.
 */
const LIVE_LEAD_MS = 60_000;

/** Compares ids, which are strings of digits, mostly of one length. */
export function newerFirst(a: string, b: string): number {
  return b.length - a.length || (a < b ? 1 : a > b ? -1 : 0);
}

/**
 * @param path of the first page
 * @param onUser gets the profile that some pages include
 */
export function createTweetList(path: string, onUser?: (user: User) => void): TweetList {
  const state = signal<ListState>(EMPTY);
  const change = (part: Partial<ListState>) => {
    state.value = { ...state.value, ...part };
  };
  let refreshing: Promise<void> | null = null;
  let loadingMore: Promise<void> | null = null;
  /** When each live tweet arrived (ms, by the page's clock). */
  const arrived = new Map<string, number>();
  /** Live tweets that came before the first page. The page may have been read before they were posted. */
  let early: readonly string[] = [];

  function justArrived(id: string): boolean {
    const at = arrived.get(id);
    return at !== undefined && performance.now() - at < LIVE_LEAD_MS && !isDeleted(id);
  }

  /** @returns the number of live tweets that came while a page was read, and which its count of tweets lacks */
  function countLater(page: readonly string[], next: string | null): number {
    const { ids, waiting } = state.value;
    const all = [...new Set([...ids, ...waiting, ...early])];
    const last = next === null ? undefined : page.at(-1);
    const isLater = (id: string) =>
      justArrived(id) && !page.includes(id) && (last === undefined || newerFirst(id, last) < 0);
    return all.filter(isLater).length;
  }

  async function refreshNow(): Promise<void> {
    change({ status: "loading", error: "" });
    try {
      const page = await api.tweets(path);
      const ids = keepTweets(page.tweets);
      if (page.user) onUser?.({ ...page.user, tweetsCount: page.user.tweetsCount + countLater(ids, page.next) });
      take(ids, page.next);
    } catch (error) {
      change({ status: "failed", error: explain(error) });
      throw error;
    }
  }

  /** Replaces what the newest page covers: tweets that it lacks were deleted, or their author is no longer followed. */
  function take(page: string[], next: string | null): void {
    const { ids, waiting, loaded, next: oldNext } = state.value;
    const last = page.at(-1);
    const known = new Set([...ids, ...waiting]);
    const joins = loaded && page.some((id) => known.has(id));
    const older = joins && last ? ids.filter((id) => newerFirst(id, last) > 0) : [];
    const waits = (id: string) => joins && list.reading && !ids.includes(id);
    const live = [...known, ...early].filter(justArrived);
    early = [];
    const all = [...new Set([...page, ...live, ...older])].sort(newerFirst);
    change({
      ids: all.filter((id) => !waits(id)),
      waiting: all.filter(waits),
      next: older.length > 0 ? oldNext : next,
      status: "idle",
      loaded: true,
    });
  }

  async function loadMoreNow(most: number | undefined): Promise<void> {
    const { next, status } = state.value;
    if (next === null || status === "loading") return;
    change({ status: "loading", error: "" });
    try {
      const page = await api.tweets(most === undefined ? next : next.replace(/(?<=[?&]limit=)\d+/, `${most}`));
      const known = new Set(state.value.ids);
      const ids = keepTweets(page.tweets).filter((id) => !known.has(id));
      change({ ids: [...state.value.ids, ...ids], next: page.next, status: "idle" });
    } catch (error) {
      change({ status: "failed", error: explain(error) });
    }
  }

  function drop(goes: (id: string) => boolean): void {
    const { ids, waiting } = state.value;
    if (!ids.some(goes) && !waiting.some(goes)) return;
    change({ ids: ids.filter((id) => !goes(id)), waiting: waiting.filter((id) => !goes(id)) });
  }

  const list: TweetList = {
    state,
    heights: new Map(),
    fresh: new Set(),
    reading: false,
    refresh() {
      refreshing ??= refreshNow().finally(() => (refreshing = null));
      return refreshing;
    },
    loadMore(most) {
      loadingMore ??= loadMoreNow(most).finally(() => (loadingMore = null));
      return loadingMore;
    },
    add(tweets, { now = false } = {}) {
      const { ids, waiting, next, loaded } = state.value;
      if (!loaded) {
        const came = keepTweets(tweets).filter((id) => !early.includes(id));
        for (const id of came) arrived.set(id, performance.now());
        early = [...early, ...came];
        return 0;
      }
      const known = new Set([...ids, ...waiting]);
      const oldest = next === null ? undefined : ids.at(-1);
      const added = keepTweets(tweets).filter(
        (id) => !known.has(id) && (oldest === undefined || newerFirst(id, oldest) < 0),
      );
      if (added.length === 0) return 0;
      for (const [id, at] of arrived) if (performance.now() - at > LIVE_LEAD_MS) arrived.delete(id);
      for (const id of added) arrived.set(id, performance.now());
      if (list.reading && !now) change({ waiting: [...waiting, ...added].sort(newerFirst) });
      else {
        for (const id of added) list.fresh.add(id);
        change({ ids: [...ids, ...added].sort(newerFirst) });
      }
      return added.length;
    },
    reveal() {
      const { ids, waiting } = state.value;
      if (waiting.length === 0) return;
      for (const id of waiting) list.fresh.add(id);
      change({ ids: [...ids, ...waiting].sort(newerFirst), waiting: [] });
    },
    remove(matches) {
      drop((id) => {
        const tweet = tweetOf(id);
        return tweet !== undefined && matches(tweet);
      });
    },
    newest() {
      const { ids, waiting } = state.value;
      return [ids[0], waiting[0]].filter((id) => id !== undefined).sort(newerFirst)[0];
    },
    dispose: deletedIds.subscribe((deleted) => drop((id) => deleted.has(id))),
  };
  return list;
}
