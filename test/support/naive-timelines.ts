import type { TimelineSlice } from "../../seams/timelines/timeline-store.ts";

interface NaiveList {
  ids: string[];
  complete: boolean;
  ready: boolean;
  version: string;
}

/** A simple model of home lists: after each change, sorts all ids and cuts off the oldest. */
export class NaiveTimelines {
  readonly #lists = new Map<string, NaiveList>();
  readonly #length: number;

  constructor(length: number) {
    this.#length = length;
  }

  push(id: string, userIds: readonly string[]): void {
    for (const userId of userIds) {
      const list = this.#lists.get(userId);
      if (!list) continue;
      const isBelowCut = !list.complete && list.ids.length > 0 && list.ids.every((other) => id < other);
      if (!isBelowCut) this.#add(list, [id]);
    }
  }

  read(userId: string, { before, limit }: { before?: string | undefined; limit: number }): TimelineSlice | null {
    const list = this.#lists.get(userId);
    if (!list?.ready) return null;
    const ids = list.ids.filter((id) => before === undefined || id < before).slice(0, limit);
    return { ids, tail: list.ids.at(-1) ?? null, complete: list.complete, version: list.version };
  }

  mayBegin(userId: string): boolean {
    return !this.#lists.has(userId);
  }

  begin(userId: string, version: string): void {
    this.#lists.set(userId, { ids: [], complete: true, ready: false, version });
  }

  fill(userId: string, token: string, ids: readonly string[], complete: boolean): boolean {
    const list = this.#lists.get(userId);
    if (list?.version !== token || list.ready) return false;
    list.ready = true;
    list.complete &&= complete;
    this.#add(list, ids);
    return true;
  }

  drop(userId: string): void {
    this.#lists.delete(userId);
  }

  #add(list: NaiveList, ids: readonly string[]): void {
    const all = [...new Set([...list.ids, ...ids])].sort().reverse();
    if (all.length > this.#length) list.complete = false;
    list.ids = all.slice(0, this.#length);
  }
}
