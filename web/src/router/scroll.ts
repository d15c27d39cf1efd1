import { type Anchor, anchoredList } from "./anchor.ts";
import { positionOf, type Place } from "./router.ts";

/** A screen whose content is still loading gets this long to reach its old scroll position. */
const SETTLE_LIMIT_MS = 3000;
/** A list that has to be read again down to the old position gets longer. */
const REACH_LIMIT_MS = 30_000;

/** Scrolls to the top of a new screen, or to where the reader left it. @returns a function that stops the tries */
export function settleScroll({ visit, returning }: Place): () => void {
  const { y: wanted, anchor } = returning ? positionOf(visit) : { y: 0, anchor: null };
  if (anchor && anchoredList()?.show(anchor)) return () => undefined;
  window.scrollTo(0, wanted);
  if (wanted === 0 || (!anchor && reached(wanted))) return () => undefined;
  // The page is still too short, because its content is loading: try again whenever it grows.
  const observer = new ResizeObserver(settle);
  observer.observe(document.body);
  let timer = setTimeout(stop, SETTLE_LIMIT_MS);
  const events = ["wheel", "touchmove", "keydown", "pointerdown"];
  for (const event of events) window.addEventListener(event, stop, { passive: true });
  let isReaching = false;
  let isOver = false;

  function settle(): void {
    const list = anchoredList();
    if (anchor && list) return list.show(anchor) ? stop() : reach(list, anchor);
    window.scrollTo(0, wanted);
    if (!anchor && reached(wanted)) stop();
  }

  /** The reader has loaded the page again, and was further down than the list begins with. */
  function reach(list: NonNullable<ReturnType<typeof anchoredList>>, { id, top }: Anchor): void {
    if (isReaching) return;
    isReaching = true;
    clearTimeout(timer);
    timer = setTimeout(stop, REACH_LIMIT_MS);
    void list.reach(id).then((found) => {
      // The rows are there after the next frame.
      if (found === null) return stop();
      requestAnimationFrame(() => {
        if (!isOver) list.show({ id: found, top });
        stop();
      });
    }, stop);
  }

  function stop(): void {
    isOver = true;
    observer.disconnect();
    clearTimeout(timer);
    for (const event of events) window.removeEventListener(event, stop);
  }
  return stop;
}

function reached(wanted: number): boolean {
  return Math.abs(window.scrollY - wanted) < 2;
}
