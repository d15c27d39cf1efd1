export interface CollectorOptions<T> {
  /** Items wait at most this many milliseconds for others. */
  windowMs: number;
  /** This many items are handed over at once, however long they have waited. */
  limit: number;
  /** Gets the items in the order in which they came. */
  handOver: (items: T[]) => Promise<unknown>;
  /** Called with the error of a hand-over, and its items. Must not throw. */
  onError: (error: unknown, items: T[]) => void;
}

export interface Collector<T> {
  readonly add: (item: T) => void;
  /** Hands over at once what has been added. Resolves when all hand-overs have ended; never rejects. */
  readonly flush: () => Promise<void>;
}

/** Collects items, so that those that come within a few milliseconds share the cost of what is done with them. */
export function createCollector<T>({ windowMs, limit, handOver, onError }: CollectorOptions<T>): Collector<T> {
  const running = new Set<Promise<void>>();
  let items: T[] = [];
  let timer: NodeJS.Timeout | undefined;

  async function handle(batch: T[]): Promise<void> {
    try {
      await handOver(batch);
    } catch (error) {
      onError(error, batch);
    }
  }

  function close(): void {
    clearTimeout(timer);
    timer = undefined;
    if (items.length === 0) return;
    const work = handle(items).finally(() => running.delete(work));
    running.add(work);
    items = [];
  }

  return {
    add(item) {
      if (items.push(item) >= limit) close();
      else timer ??= setTimeout(close, windowMs);
    },
    async flush() {
      close();
      await Promise.all(running);
    },
  };
}
