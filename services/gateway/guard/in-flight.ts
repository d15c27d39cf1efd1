/**
 * Counts the requests in flight by key: by address or by user.
 *
 * @param limit the most requests of one key at a time
 */
export function createInFlight(limit: number) {
  const counts = new Map<string, number>();
  return {
    /** @returns false if the key has as many requests as it may have; then don't call `leave` */
    enter(key: string): boolean {
      const count = counts.get(key) ?? 0;
      if (count >= limit) return false;
      counts.set(key, count + 1);
      return true;
    },

    leave(key: string): void {
      const count = counts.get(key)!;
      if (count > 1) counts.set(key, count - 1);
      else counts.delete(key);
    },
  };
}

export type InFlight = ReturnType<typeof createInFlight>;

/** Scales the limit of one client as `RATE_LIMIT_SCALE` says, but leaves room for the few requests of a page. */
export function scaledLimit(limit: number, scale: number): number {
  return Math.max(16, Math.floor(limit * scale));
}
