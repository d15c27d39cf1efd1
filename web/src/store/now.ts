import { signal } from "@preact/signals";

/** Relative times are shown to the minute, so half a minute keeps them right. */
const TICK_MS = 30_000;

/** The current time for everything that shows a relative time. It is also updated when the page becomes visible again. */
export const now = signal(Date.now());

const tick = () => {
  now.value = Date.now();
};
setInterval(tick, TICK_MS);
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "visible") tick();
});
