/** How often a look at the clock is due, in milliseconds. */
const LOOK_EVERY = 500;
/** A look that comes this much too late tells of a frozen process, not of a busy one. In milliseconds. */
const PAUSE = 2000;

/**
 * Notices when this process did nothing for a while: stopped, swapped out, starved. Then others may have given it up,
 * and what they sent may be lost.
 *
 * @returns what ends the watch
 */
export function watchPauses(onPause: (milliseconds: number) => void): () => void {
  let last = performance.now();
  const timer = setInterval(() => {
    const now = performance.now();
    const late = now - last - LOOK_EVERY;
    last = now;
    if (late > PAUSE) onPause(late);
  }, LOOK_EVERY);
  timer.unref();
  return () => clearInterval(timer);
}
