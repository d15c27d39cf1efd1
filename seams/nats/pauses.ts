/** The interval between two looks at the clock. */
const CHECK_INTERVAL_MS = 500;
/** If a look at the clock is this late, the process was frozen, not only busy. */
const PAUSE_MS = 2000;

/**
 * Notices when this process was stopped, swapped out or starved for a while. Other nodes may then have given this node
 * up, and their messages to it may be lost.
 *
 * @returns a function that ends the watch
 */
export function watchPauses(onPause: () => void): () => void {
  let last = performance.now();
  const timer = setInterval(() => {
    const now = performance.now();
    const delay = now - last - CHECK_INTERVAL_MS;
    last = now;
    if (delay > PAUSE_MS) onPause();
  }, CHECK_INTERVAL_MS);
  timer.unref();
  return () => clearInterval(timer);
}
