import { anchoredList } from "./anchor.ts";
import { positionOf, type Place } from "./router.ts";

/** A screen whose content is still loading gets this long to reach its old scroll position. */
const SETTLE_LIMIT_MS = 3000;

/** Scrolls to the top of a new screen, or to where the reader left it. @returns a function that stops the tries */
export function settleScroll({ visit, returning }: Place): () => void {
  const { y: wanted, anchor } = returning ? positionOf(visit) : { y: 0, anchor: null };
  if (anchor && anchoredList()?.show(anchor)) return () => undefined;
  window.scrollTo(0, wanted);
  if (wanted === 0 || reached(wanted)) return () => undefined;
  // The page is still too short, because its content is loading: try again whenever it grows.
  const observer = new ResizeObserver(() => {
    window.scrollTo(0, wanted);
    if (reached(wanted)) stop();
  });
  observer.observe(document.body);
  const timer = setTimeout(stop, SETTLE_LIMIT_MS);
  const events = ["wheel", "touchmove", "keydown", "pointerdown"];
  for (const event of events) window.addEventListener(event, stop, { passive: true });
  function stop(): void {
    observer.disconnect();
    clearTimeout(timer);
    for (const event of events) window.removeEventListener(event, stop);
  }
  return stop;
}

function reached(wanted: number): boolean {
  return Math.abs(window.scrollY - wanted) < 2;
}
