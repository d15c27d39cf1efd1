import { setTimeout as pause } from "node:timers/promises";

/**
 * Asks again and again until `check` no longer throws. For what the product promises to happen soon, but not before it
 * answers: fan-out, live messages, notifications.
 *
 * @param check throws (an `expect`, say) while the time has not come
 * @param within milliseconds after which the last failure is thrown
 * @returns what `check` returned
 */
export async function eventually<T>(check: () => T | Promise<T>, within = 20_000): Promise<T> {
  const deadline = performance.now() + within;
  for (let wait = 10; ; wait = Math.min(wait * 2, 250)) {
    try {
      return await check();
    } catch (error) {
      if (performance.now() + wait > deadline) throw error;
      await pause(wait);
    }
  }
}
