/** Content that is still loading gets this long to bring back what had the focus. */
const SETTLE_LIMIT_MS = 3000;

/** @returns a selector that finds what has the focus on a screen that was drawn anew; null if nothing lasting has it */
export function focusedSelector(): string | null {
  const focused = document.activeElement;
  const tweet = focused?.closest<HTMLElement>("#main [data-tweet]")?.dataset["tweet"];
  if (tweet) return `[data-tweet="${tweet}"]`;
  const link = focused?.closest("#main a[href]")?.getAttribute("href");
  return link ? `#main a[href="${CSS.escape(link)}"]` : null;
}

/**
 * Moves the focus, and with it screen readers, to the start of a new screen, or to what had it when the reader left.
 *
 * @param wanted a selector of what had the focus; null at a first visit
 * @returns a function that stops the tries
 */
export function focusScreen(wanted: string | null): () => void {
  // A screen may have focused its own field.
  if (!document.activeElement?.matches("#main input")) document.getElementById("main")?.focus({ preventScroll: true });
  if (wanted === null) return () => undefined;
  const start = document.activeElement;
  const until = performance.now() + SETTLE_LIMIT_MS;
  let frame = 0;
  const attempt = () => {
    // The reader has moved on.
    if (document.activeElement !== start) return;
    const element = document.querySelector<HTMLElement>(wanted);
    if (element) element.focus({ preventScroll: true });
    else if (performance.now() < until) frame = requestAnimationFrame(attempt);
  };
  attempt();
  return () => cancelAnimationFrame(frame);
}

/**
 * Catches the focus when the control that has it leaves the page, for example because it has done its work. Browsers
 * would leave the focus nowhere, so that the next key starts at the top again. It goes to the nearest element around
 * the control that is still there and takes it.
 */
export function keepFocus(): void {
  let around: Element[] = [];
  document.addEventListener("focusin", ({ target }) => {
    around = [];
    for (let element = target as Element | null; element; element = element.parentElement) around.push(element);
  });
  new MutationObserver(() => {
    if (document.activeElement !== document.body || around[0]?.isConnected !== false) return;
    const next = around.find((element) => element.isConnected && element.matches("[tabindex], dialog"));
    around = [];
    const first = next?.matches("dialog") ? next.querySelector<HTMLElement>("textarea, input, button") : next;
    (first as HTMLElement | undefined)?.focus({ preventScroll: true });
  }).observe(document.body, { childList: true, subtree: true });
}
