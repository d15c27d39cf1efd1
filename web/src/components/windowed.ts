import type { RefObject } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { type Anchor, setAnchoredList } from "../router/anchor.ts";

/** A row's height before it has been measured, in pixels: a tweet of two lines. Soon the mean of the measured ones. */
const FIRST_GUESS = 132;
/** How much is drawn beyond the window's edges, in pixels: a flick of the wheel finds its rows already there. */
const MARGIN = 900;
/** What the bars at the top and the bottom of the window may cover, in pixels. */
const BARS = 72;

export interface Windowed {
  /** The rows to draw: from `start` up to, without, `end`. */
  readonly start: number;
  readonly end: number;
  /** The heights of what is not drawn. */
  readonly before: number;
  readonly after: number;
  readonly ref: RefObject<HTMLDivElement | null>;
  /** Puts a row that may not be drawn yet where it can be seen. */
  reveal(index: number): void;
}

/**
 * Draws only the rows of a long list that are near the window. Rows are as high as they are: each is measured once it
 * is drawn, and what the reader sees stays where it is when something above it turns out higher, is added or goes.
 *
 * @param ids the rows
 * @param heights what is known of their heights; kept by the caller, so that a list comes back as it was left
 */
export function useWindow(ids: readonly string[], heights: Map<string, number>): Windowed {
  const ref = useRef<HTMLDivElement>(null);
  const [, redraw] = useState({});
  const offsets = offsetsOf(ids, heights);
  const current = useRef({ ids, offsets });
  current.current = { ids, offsets };
  const range = useRef({ start: 0, end: 0 });
  range.current = visible(offsets, ref.current);
  // Before anything moves: what the reader sees now is what they shall see after.
  const anchor = useRef<Anchor | null>(null);
  const wanted = useRef<Anchor | null>(null);
  anchor.current = wanted.current ?? findAnchor(ref.current, ids, offsets);
  wanted.current = null;

  useLayoutEffect(() => {
    if (measure(ref.current, heights)) redraw({});
    keepInPlace(ref.current, anchor.current);
  });

  useLayoutEffect(
    () =>
      setAnchoredList({
        find: () => findAnchor(ref.current, current.current.ids, current.current.offsets),
        show({ id, top }) {
          const index = current.current.ids.indexOf(id);
          if (index === -1 || !ref.current) return false;
          window.scrollBy(0, ref.current.getBoundingClientRect().top + current.current.offsets[index]! - top);
          // With what is drawn there, what was a guess becomes known: the row stays where it is wanted.
          wanted.current = { id, top };
          redraw({});
          return true;
        },
      }),
    [],
  );

  useEffect(() => {
    let frame = 0;
    const onScroll = () => {
      cancelAnimationFrame(frame);
      frame = requestAnimationFrame(() => {
        const { start, end } = visible(current.current.offsets, ref.current);
        if (start !== range.current.start || end !== range.current.end) redraw({});
      });
    };
    window.addEventListener("scroll", onScroll, { passive: true });
    window.addEventListener("resize", onScroll);
    onScroll();
    return () => {
      cancelAnimationFrame(frame);
      window.removeEventListener("scroll", onScroll);
      window.removeEventListener("resize", onScroll);
    };
  }, []);

  useEffect(() => {
    const list = ref.current;
    if (!list) return;
    // Rows change their height without being drawn anew: a font arrives, the window is turned.
    let width = list.clientWidth;
    const observer = new ResizeObserver(() => {
      // On its way out of the page it has no width, and what was measured stays for the way back.
      if (list.clientWidth === 0) return;
      if (list.clientWidth !== width) heights.clear();
      width = list.clientWidth;
      redraw({});
    });
    observer.observe(list);
    return () => observer.disconnect();
  }, []);

  const { start, end } = range.current;
  const total = offsets.at(-1) ?? 0;
  return {
    start,
    end,
    before: offsets[start] ?? 0,
    after: total - (offsets[end] ?? total),
    ref,
    reveal(index) {
      const list = ref.current;
      if (!list) return;
      const top = list.getBoundingClientRect().top + (current.current.offsets[index] ?? 0);
      const height = heights.get(ids[index] ?? "") ?? FIRST_GUESS;
      if (top >= BARS && top + height <= window.innerHeight - BARS) return;
      window.scrollBy({ top: top - Math.max(BARS, window.innerHeight / 4) });
      redraw({});
    },
  };
}

function rowsOf(list: HTMLElement | null): HTMLElement[] {
  return list ? [...list.querySelectorAll<HTMLElement>(":scope > [data-tweet]")] : [];
}

/**
 * The first row that can be seen, or would be if it were drawn. At the very top there is none: new rows push the others
 * down, as the reader wants.
 */
function findAnchor(list: HTMLElement | null, ids: readonly string[], offsets: Float64Array): Anchor | null {
  if (!list || window.scrollY < 8) return null;
  for (const row of rowsOf(list)) {
    const { top, bottom } = row.getBoundingClientRect();
    if (bottom > 0 && top < window.innerHeight) return { id: row.dataset["tweet"]!, top };
  }
  const { top } = list.getBoundingClientRect();
  const index = indexAt(offsets, -top);
  const id = ids[index];
  return id === undefined ? null : { id, top: top + offsets[index]! };
}

function keepInPlace(list: HTMLElement | null, anchor: Anchor | null): void {
  if (!anchor) return;
  const row = rowsOf(list).find((other) => other.dataset["tweet"] === anchor.id);
  const moved = row ? row.getBoundingClientRect().top - anchor.top : 0;
  if (Math.abs(moved) > 0.5) window.scrollBy(0, moved);
}

/** Measures the rows that are drawn. @returns whether any is of another height than was known */
function measure(list: HTMLElement | null, heights: Map<string, number>): boolean {
  let changed = false;
  for (const row of rowsOf(list)) {
    const id = row.dataset["tweet"]!;
    const { height } = row.getBoundingClientRect();
    if (height <= 0 || Math.abs((heights.get(id) ?? -1) - height) <= 0.5) continue;
    heights.set(id, height);
    changed = true;
  }
  return changed;
}

/** Where each row begins, and after the last where the list ends. */
function offsetsOf(ids: readonly string[], heights: ReadonlyMap<string, number>): Float64Array {
  let known = 0;
  let count = 0;
  for (const height of heights.values()) {
    known += height;
    count++;
  }
  const guess = count > 0 ? known / count : FIRST_GUESS;
  const offsets = new Float64Array(ids.length + 1);
  for (let index = 0; index < ids.length; index++) {
    offsets[index + 1] = offsets[index]! + (heights.get(ids[index]!) ?? guess);
  }
  return offsets;
}

/** The row at a height of the list. */
function indexAt(offsets: Float64Array, y: number): number {
  let low = 0;
  let high = offsets.length - 2;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (offsets[middle]! <= y) low = middle;
    else high = middle - 1;
  }
  return Math.max(low, 0);
}

function visible(offsets: Float64Array, list: HTMLElement | null): { start: number; end: number } {
  const top = -(list?.getBoundingClientRect().top ?? 0);
  const count = offsets.length - 1;
  if (count <= 0) return { start: 0, end: 0 };
  return {
    start: indexAt(offsets, top - MARGIN),
    end: Math.min(indexAt(offsets, top + window.innerHeight + MARGIN) + 1, count),
  };
}
