import { randomUUID } from "node:crypto";
import { LRUCache } from "lru-cache";
import {
  BUILD_LIMIT_SECONDS,
  type TimelineSlice,
  type TimelineStore,
  type TimelineStoreOptions,
} from "./timeline-store.ts";

interface List {
  ids: string[];
  complete: boolean;
  version: string;
  ready: boolean;
  /** Milliseconds since 1970. */
  begunAt: number;
}

/** Beyond this number the least recently used lists are evicted; this many full lists take about 1 GB. */
const MAX_LISTS = 50_000;

/** The embedded timeline store. */
export class MemoryTimelineStore implements TimelineStore {
  readonly #lists: LRUCache<string, List>;
  readonly #length: number;

  constructor({ length, ttlSeconds }: TimelineStoreOptions) {
    this.#length = length;
    this.#lists = new LRUCache({ max: MAX_LISTS, ttl: ttlSeconds * 1000 });
  }

  push(id: string, userIds: readonly string[]): Promise<void> {
    for (const userId of userIds) {
      const list = this.#lists.peek(userId);
      if (!list) continue;
      // Skip an id below the end of a cut list: readers find it in the store. Inserted here, it would claim that no
      // other ids are missing between the old end and itself.
      const tail = list.ids.at(-1);
      if (!list.complete && tail !== undefined && id < tail) continue;
      insert(list.ids, id);
      this.#trim(list);
    }
    return Promise.resolve();
  }

  read(
    userId: string,
    { before, limit }: { before?: string | undefined; limit: number },
  ): Promise<TimelineSlice | null> {
    const list = this.#lists.get(userId);
    if (!list?.ready) return Promise.resolve(null);
    const from = before === undefined ? 0 : firstBelow(list.ids, before);
    return Promise.resolve({
      ids: list.ids.slice(from, from + limit),
      tail: list.ids.at(-1) ?? null,
      complete: list.complete,
      version: list.version,
    });
  }

  begin(userId: string): Promise<string | null> {
    const existing = this.#lists.peek(userId);
    if (existing && (existing.ready || Date.now() - existing.begunAt < BUILD_LIMIT_SECONDS * 1000))
      return Promise.resolve(null);
    const version = randomUUID();
    this.#lists.set(userId, { ids: [], complete: true, version, ready: false, begunAt: Date.now() });
    return Promise.resolve(version);
  }

  fill(userId: string, token: string, ids: readonly string[], complete: boolean): Promise<boolean> {
    const list = this.#lists.peek(userId);
    if (list?.version !== token || list.ready) return Promise.resolve(false);
    list.ids = [...new Set([...list.ids, ...ids])].sort().reverse();
    // If pushes cut the list during its build, the list is incomplete, even if the store was read to the end.
    list.complete &&= complete;
    list.ready = true;
    this.#trim(list);
    return Promise.resolve(true);
  }

  drop(userIds: readonly string[]): Promise<void> {
    for (const userId of userIds) this.#lists.delete(userId);
    return Promise.resolve();
  }

  close(): Promise<void> {
    this.#lists.clear();
    return Promise.resolve();
  }

  #trim(list: List): void {
    if (list.ids.length <= this.#length) return;
    list.ids.length = this.#length;
    list.complete = false;
  }
}

/** Inserts an id into a list sorted from new to old, unless the list has it. */
function insert(ids: string[], id: string): void {
  const at = firstBelow(ids, id);
  if (ids[at - 1] !== id) ids.splice(at, 0, id);
}

/** The index of the first id smaller than `id`, by binary search; `ids` are newest first. */
function firstBelow(ids: readonly string[], id: string): number {
  let low = 0;
  let high = ids.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ids[middle]! < id) high = middle;
    else low = middle + 1;
  }
  return low;
}
