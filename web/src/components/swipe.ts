import type { TargetedTouchEvent } from "preact";
import { useRef } from "preact/hooks";

/** A finger that moved this far (px) to a side, and further than up or down, has swiped. */
const SWIPE_PX = 40;

type Touch = TargetedTouchEvent<HTMLElement>;

/**
 * Handlers of touches that move an element with the finger, and tell of a swipe when it is lifted. Two fingers zoom, and
 * one finger moves an enlarged page: neither is a swipe.
 *
 * @param onSwipe gets 1 for a swipe to the left, to what comes next, and -1 for one to the right
 */
export function useSwipe(onSwipe: (by: 1 | -1) => void) {
  const start = useRef<{ x: number; y: number } | null>(null);
  const moved = ({ changedTouches: [finger] }: Touch) =>
    start.current && finger ? { x: finger.clientX - start.current.x, y: finger.clientY - start.current.y } : null;
  const place = (element: HTMLElement, x: number) => element.style.setProperty("--swiped", `${x}px`);

  return {
    onTouchStart({ touches }: Touch) {
      const [finger] = touches;
      const isEnlarged = (visualViewport?.scale ?? 1) > 1;
      start.current = finger && touches.length === 1 && !isEnlarged ? { x: finger.clientX, y: finger.clientY } : null;
    },
    onTouchMove(event: Touch) {
      const by = moved(event);
      place(event.currentTarget, by && Math.abs(by.x) > Math.abs(by.y) ? by.x : 0);
    },
    onTouchEnd(event: Touch) {
      const by = moved(event);
      start.current = null;
      place(event.currentTarget, 0);
      if (by && Math.abs(by.x) >= SWIPE_PX && Math.abs(by.x) > Math.abs(by.y)) onSwipe(by.x < 0 ? 1 : -1);
    },
    onTouchCancel(event: Touch) {
      start.current = null;
      place(event.currentTarget, 0);
    },
  };
}
