import { anchoredList } from "./anchor.ts";
import { positionOf, type Place } from "./router.ts";

/** A screen that is still being read may grow for this long before we give up on its old position, in milliseconds. */
const PATIENCE = 3000;

/** Puts the window where a screen begins, or where the reader left it. @returns how to stop trying */
export function settleScroll({ visit, returning }: Place): () => void {
  const { y: wanted, anchor } = returning ? positionOf(visit) : { y: 0, anchor: null };
  if (anchor && anchoredList()?.show(anchor)) return () => undefined;
  window.scrollTo(0, wanted);
  if (wanted === 0 || reached(wanted)) return () => undefined;
  // The page is not long enough yet: its content is on the way.
  const observer = new ResizeObserver(() => {
    window.scrollTo(0, wanted);
    if (reached(wanted)) stop();
  });
  observer.observe(document.body);
  const timer = setTimeout(stop, PATIENCE);
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
