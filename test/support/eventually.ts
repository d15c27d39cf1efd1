import { setTimeout as pause } from "node:timers/promises";

/**
 * Repeats `check` until it no longer throws. For effects that the product promises soon, but not before its answer: fan-out,
 * live messages, notifications.
 *
 * @param check throws until the effect is there, for example with `expect`
 * @param limitMs time after which the last failure is thrown
 * @returns the result of `check`
 */
export async function eventually<T>(check: () => T | Promise<T>, limitMs = 20_000): Promise<T> {
  const deadline = performance.now() + limitMs;
  for (let waitMs = 10; ; waitMs = Math.min(waitMs * 2, 250)) {
    try {
      return await check();
    } catch (error) {
      if (performance.now() + waitMs > deadline) throw error;
      await pause(waitMs);
    }
  }
}
