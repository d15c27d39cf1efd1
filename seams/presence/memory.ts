import { createDepartures } from "./departures.ts";
import type { Presence } from "./presence.ts";

/** The embedded presence, for a single node. */
export class MemoryPresence implements Presence {
  readonly #here = new Set<string>();
  readonly #left = createDepartures();

  arrive(userId: string): Promise<void> {
    this.#here.add(userId);
    return Promise.resolve();
  }

  leave(userId: string): Promise<void> {
    if (this.#here.delete(userId)) this.#left.set(userId, Date.now());
    return Promise.resolve();
  }

  lastHere(userIds: readonly string[]): Promise<number[]> {
    return Promise.resolve(userIds.map((id) => (this.#here.has(id) ? Infinity : (this.#left.get(id) ?? -Infinity))));
  }

  close(): Promise<void> {
    this.#here.clear();
    return Promise.resolve();
  }
}
