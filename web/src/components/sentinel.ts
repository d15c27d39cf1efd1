import type { RefObject } from "preact";
import { useEffect, useRef } from "preact/hooks";

/** Calls back whenever the element, placed at the end of a list, comes near the visible part of the page. */
export function useSentinel(near: () => void): RefObject<HTMLDivElement | null> {
  const ref = useRef<HTMLDivElement>(null);
  const latest = useRef(near);
  latest.current = near;
  useEffect(() => {
    const element = ref.current;
    if (!element) return;
    const observer = new IntersectionObserver(
      (entries) => {
        if (entries.some(({ isIntersecting }) => isIntersecting)) latest.current();
      },
      { rootMargin: "800px" },
    );
    observer.observe(element);
    return () => observer.disconnect();
  });
  return ref;
}
