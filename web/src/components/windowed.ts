import type { RefObject } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { type Anchor, setAnchoredList } from "../router/anchor.ts";
import { FIRST_GUESS_PX, indexAt, offsetsOf } from "./row-offsets.ts";

/** Rows are drawn this far beyond the viewport, so that a flick of the wheel finds them ready. */
const MARGIN_PX = 900;
/** The bars at the top and the bottom of the viewport cover at most this much. */
const BARS_PX = 72;

interface Windowed {
  /** The rows to draw: from `start` to before `end`. */
  readonly start: number;
  readonly end: number;
  /** Heights (px) of the rows above and below those. */
  readonly before: number;
  readonly after: number;
  readonly ref: RefObject<HTMLDivElement | null>;
  /** Scrolls to a row, which may not be drawn yet. */
  reveal(index: number): void;
}

/**
 * A virtual list: draws only the rows near the viewport. Rows have different heights, so each row is measured once it
 * is drawn. Rows above the viewport may change, come or go without moving what the reader sees.
 *
 * @param ids the rows
 * @param heights the measured heights (px). The caller keeps them, so that a list reopens as it was left.
 * @param reach reads the list down to a row, as {@link setAnchoredList} needs it
 */
export function useWindow(
  ids: readonly string[],
  heights: Map<string, number>,
  reach: (id: string) => Promise<string | null>,
): Windowed {
  const ref = useRef<HTMLDivElement>(null);
  const [, redraw] = useState({});
  const offsets = offsetsOf(ids, heights);
  const current = useRef({ ids, offsets });
  current.current = { ids, offsets };
  const range = useRef({ start: 0, end: 0 });
  range.current = visible(offsets, ref.current);
  // Taken before anything moves: this row has to stay in its place.
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
          // Drawing the rows there replaces guessed heights by measured ones. `wanted` keeps the row in place then.
          wanted.current = { id, top };
          redraw({});
          return true;
        },
        reach,
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
    // Row heights also change without a render, for example when a font arrives or the device is turned.
    let width = list.clientWidth;
    const observer = new ResizeObserver(() => {
      // A list that is leaving the page has no width. Its measured heights are kept for going back.
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
      const height = heights.get(ids[index] ?? "") ?? FIRST_GUESS_PX;
      if (top >= BARS_PX && top + height <= window.innerHeight - BARS_PX) return;
      window.scrollBy({ top: top - Math.max(BARS_PX, window.innerHeight / 4) });
      redraw({});
    },
  };
}

function rowsOf(list: HTMLElement | null): HTMLElement[] {
  return list ? [...list.querySelectorAll<HTMLElement>(":scope > [data-tweet]")] : [];
}

/**
 * The first visible row, drawn or not. At the very top there is no anchor, because there new rows should push the others
 * down.
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

/** Measures the drawn rows. @returns whether any height has changed */
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

function visible(offsets: Float64Array, list: HTMLElement | null): { start: number; end: number } {
  const top = -(list?.getBoundingClientRect().top ?? 0);
  const count = offsets.length - 1;
  if (count <= 0) return { start: 0, end: 0 };
  return {
    start: indexAt(offsets, top - MARGIN_PX),
    end: Math.min(indexAt(offsets, top + window.innerHeight + MARGIN_PX) + 1, count),
  };
}
