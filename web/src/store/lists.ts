import { api } from "../api/api.ts";
import { explain } from "../api/request.ts";
import type { Tweet, User } from "../api/shapes.ts";
import { signal, type Signal } from "./signal.ts";
import { deletions, isGone, keepTweets, tweetOf } from "./tweets.ts";

export interface ListState {
  /** Newest first. */
  readonly ids: readonly string[];
  /** New ones that wait to be shown, newest first. */
  readonly waiting: readonly string[];
  /** Where the next older page is; null at the end. */
  readonly next: string | null;
  readonly status: "idle" | "loading" | "failed";
  readonly error: string;
  /** Whether anything was read from the server yet. */
  readonly loaded: boolean;
}

/** A list of tweets, newest first, that is read page by page and grows at the top. */
export interface TweetList {
  readonly state: Signal<ListState>;
  /** Row heights as measured, by tweet: they let a list come back at the very place where it was left. */
  readonly heights: Map<string, number>;
  /** Ids that came in live and have not been drawn yet: they slide in. */
  readonly fresh: Set<string>;
  /** Whether a reader is in the middle of the list, so that new tweets wait. Set by who shows it. */
  reading: boolean;
  /** Reads the newest page, and takes it as the truth for the part that it covers. */
  refresh(): Promise<void>;
  loadMore(): Promise<void>;
  /** Takes up new tweets; what is older than what was read stays for paging. @returns how many were new */
  add(tweets: readonly Tweet[], options?: { now?: boolean }): number;
  /** Shows what waits. */
  reveal(): void;
  remove(keep: (tweet: Tweet) => boolean): void;
  newest(): string | undefined;
  /** Stops listening for deletions: the list is not used any more. */
  dispose(): void;
}

const EMPTY: ListState = { ids: [], waiting: [], next: null, status: "idle", error: "", loaded: false };

/**
 * A tweet that came in live may be missing from a page that is read within this time, in milliseconds: a cluster's
 * nodes learn of it one after the other.
 */
const LIVE_LEAD = 60_000;

/** Order of ids: strings of digits, mostly of one length. */
export function newerFirst(a: string, b: string): number {
  return b.length - a.length || (a < b ? 1 : a > b ? -1 : 0);
}

/**
 * @param path of the first page
 * @param onUser gets the profile that comes with the tweets, where one does
 */
export function createTweetList(path: string, onUser?: (user: User) => void): TweetList {
  const state = signal<ListState>(EMPTY);
  const change = (part: Partial<ListState>) => state.update((old) => ({ ...old, ...part }));
  let refreshing: Promise<void> | null = null;
  /** When each tweet came in live. */
  const arrived = new Map<string, number>();

  function justArrived(id: string): boolean {
    const at = arrived.get(id);
    return at !== undefined && performance.now() - at < LIVE_LEAD && !isGone(id);
  }

  async function refreshNow(): Promise<void> {
    change({ status: "loading", error: "" });
    try {
      const page = await api.tweets(path);
      if (page.user) onUser?.(page.user);
      take(keepTweets(page.tweets), page.next);
    } catch (error) {
      change({ status: "failed", error: explain(error) });
      throw error;
    }
  }

  /** Puts the newest page in place of what it covers: what is not in it any more was deleted, or is not followed now. */
  function take(page: string[], next: string | null): void {
    const { ids, waiting, loaded, next: oldNext } = state.value;
    const last = page.at(-1);
    const known = new Set([...ids, ...waiting]);
    const joins = loaded && page.some((id) => known.has(id));
    const older = joins && last ? ids.filter((id) => newerFirst(id, last) > 0) : [];
    const waits = (id: string) => joins && list.reading && !ids.includes(id);
    const all = [...new Set([...page, ...[...known].filter(justArrived), ...older])].sort(newerFirst);
    change({
      ids: all.filter((id) => !waits(id)),
      waiting: all.filter(waits),
      next: older.length > 0 ? oldNext : next,
      status: "idle",
      loaded: true,
    });
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
    async loadMore() {
      const { next, status } = state.value;
      if (next === null || status === "loading") return;
      change({ status: "loading", error: "" });
      try {
        const page = await api.tweets(next);
        const known = new Set(state.value.ids);
        const ids = keepTweets(page.tweets).filter((id) => !known.has(id));
        change({ ids: [...state.value.ids, ...ids], next: page.next, status: "idle" });
      } catch (error) {
        change({ status: "failed", error: explain(error) });
      }
    },
    add(tweets, { now = false } = {}) {
      const { ids, waiting, next, loaded } = state.value;
      if (!loaded) return 0;
      const known = new Set([...ids, ...waiting]);
      const oldest = next === null ? undefined : ids.at(-1);
      const added = keepTweets(tweets).filter(
        (id) => !known.has(id) && (oldest === undefined || newerFirst(id, oldest) < 0),
      );
      if (added.length === 0) return 0;
      for (const [id, at] of arrived) if (performance.now() - at > LIVE_LEAD) arrived.delete(id);
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
    remove(goes) {
      const stays = (id: string) => {
        const tweet = tweetOf(id);
        return tweet !== undefined && !isGone(id) && !goes(tweet);
      };
      const { ids, waiting } = state.value;
      change({ ids: ids.filter(stays), waiting: waiting.filter(stays) });
    },
    newest() {
      const { ids, waiting } = state.value;
      return [ids[0], waiting[0]].filter((id) => id !== undefined).sort(newerFirst)[0];
    },
    dispose: () => stopListening(),
  };

  const stopListening = deletions.subscribe((gone) => {
    const { ids, waiting } = state.value;
    if (!gone.some((id) => ids.includes(id) || waiting.includes(id))) return;
    change({ ids: ids.filter((id) => !gone.includes(id)), waiting: waiting.filter((id) => !gone.includes(id)) });
  });
  return list;
}
