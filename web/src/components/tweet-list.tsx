import type { ComponentChildren, VNode } from "preact";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import type { Tweet } from "../api/shapes.ts";
import type { TweetList as List } from "../store/lists.ts";
import { announce } from "../store/messages.ts";
import { tweetOf } from "../store/tweets.ts";
import { focusedTweet, keyboard } from "./keyboard.ts";
import { Failed, Loading } from "./states.tsx";
import { TweetCard } from "./tweet-card.tsx";
import { useWindow } from "./windowed.ts";

/** The next page is requested this many rows before the end. */
const READ_AHEAD_ROWS = 10;
/** A reader who has scrolled no further than this is at the top, where new tweets may slide in. */
const TOP_PX = 160;

interface Props {
  list: List;
  label: string;
  /** Shown instead of an empty list. */
  empty: ComponentChildren;
}

interface Drawn {
  tweet: Tweet;
  position: number;
  total: number;
  fresh: boolean;
  row: VNode;
}

/** An endless list of tweets. */
export function TweetList({ list, label, empty }: Props) {
  const { ids, waiting, next, status, error, loaded } = list.state.value;
  const view = useWindow(ids, list.heights, async (id) => (await import("../store/reach.ts")).reach(list, id));
  const drawn = useRef(new Map<string, Drawn>());
  /** The tweet that has the focus, or had it last. */
  const held = useRef<{ id: string; index: number } | null>(null);
  const total = loaded && next === null ? ids.length : -1;

  useLayoutEffect(() => {
    const update = () => {
      list.reading = window.scrollY > TOP_PX;
      if (window.scrollY < 8) list.reveal();
    };
    update();
    window.addEventListener("scroll", update, { passive: true });
    return () => {
      window.removeEventListener("scroll", update);
      list.reading = true;
    };
  }, [list]);

  useEffect(() => {
    if (view.end >= ids.length - READ_AHEAD_ROWS && next !== null && status === "idle") void list.loadMore();
  });

  useEffect(() => {
    if (waiting.length > 0) announce(countOf(waiting.length));
  }, [waiting.length]);

  useLayoutEffect(() => {
    // A deleted tweet leaves the focus to the one that takes its place.
    if (held.current === null || document.activeElement !== document.body || ids.includes(held.current.id)) return;
    const beside = ids[Math.min(held.current.index, ids.length - 1)];
    held.current = null;
    document.querySelector<HTMLElement>(`[data-tweet="${beside}"]`)?.focus({ preventScroll: true });
  }, [ids]);

  useEffect(() => keyboard.attach({ list, reveal: (index) => view.reveal(index) }));

  /** Reuses the row of an unchanged tweet, so that Preact skips the row altogether. */
  function rowOf(id: string, position: number): VNode | null {
    const tweet = tweetOf(id);
    if (!tweet) return null;
    const known = drawn.current.get(id);
    if (known?.tweet === tweet && known.position === position && known.total === total) return known.row;
    const fresh = list.fresh.delete(id) || known?.fresh === true;
    const row = <TweetCard key={id} tweet={tweet} position={position} total={total} fresh={fresh} />;
    drawn.current.set(id, { tweet, position, total, fresh, row });
    return row;
  }

  const rows = ids.slice(view.start, view.end).map((id, index) => rowOf(id, view.start + index + 1));
  const shown = new Set(ids.slice(view.start, view.end));
  for (const id of drawn.current.keys()) if (!shown.has(id)) drawn.current.delete(id);

  return (
    <div class="tweet-list">
      {waiting.length > 0 && (
        <div class="pill-holder">
          <button type="button" class="pill" onClick={() => showWaiting(list)}>
            {countOf(waiting.length)}
          </button>
        </div>
      )}
      <div
        class="feed"
        ref={view.ref}
        onFocusIn={() => {
          const id = focusedTweet() ?? "";
          const index = ids.indexOf(id);
          // A dialog that closes because its tweet is gone gives the focus back to it for a moment.
          if (index !== -1) held.current = { id, index };
        }}
        {...(ids.length > 0 && { role: "feed", "aria-label": label, "aria-busy": status === "loading" })}
      >
        <div style={{ height: `${view.before}px` }} aria-hidden="true" />
        {rows}
        <div style={{ height: `${view.after}px` }} aria-hidden="true" />
      </div>
      {status === "failed" && (
        <Failed
          message={error}
          onRetry={() => void (loaded ? list.loadMore() : list.refresh().catch(() => undefined))}
        />
      )}
      {status === "loading" && (next !== null || ids.length === 0) && <Loading />}
      {loaded && ids.length === 0 && status !== "loading" && empty}
      {loaded && ids.length > 0 && next === null && <p class="list-end">You've reached the end.</p>}
    </div>
  );
}

/** Scrolls to the top and shows the waiting tweets. */
function showWaiting(list: List): void {
  window.scrollTo({ top: 0 });
  list.reveal();
}

function countOf(count: number): string {
  return count === 1 ? "1 new tweet" : `${count} new tweets`;
}
