import { signal } from "./signal.ts";

/** The time, as far as what is shown depends on it: twice a minute, and at once when the page is looked at again. */
export const now = signal(Date.now());

const tick = () => now.set(Date.now());
setInterval(tick, 30_000);
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "visible") tick();
});
