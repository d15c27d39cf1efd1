import type { Presence } from "./presence.ts";

/** The embedded presence: one process, one node. */
export class MemoryPresence implements Presence {
  readonly #here = new Set<string>();

  arrive(userId: string): Promise<void> {
    this.#here.add(userId);
    return Promise.resolve();
  }

  leave(userId: string): Promise<void> {
    this.#here.delete(userId);
    return Promise.resolve();
  }

  away(userIds: readonly string[]): Promise<string[]> {
    return Promise.resolve(userIds.filter((id) => !this.#here.has(id)));
  }

  close(): Promise<void> {
    this.#here.clear();
    return Promise.resolve();
  }
}
