import { messageOf } from "../../lib/errors.ts";
import { call, type Caller, type TweetEntry } from "../../contract/actions.ts";
import type { Node } from "../../seams/node.ts";

/** How often the store is asked, in milliseconds. */
const REFRESH_EVERY = 1000;
/** A view older than this is not trusted: readers then go to the store. In milliseconds. */
const TRUSTED_FOR = 4000;
/** A delivered tweet is remembered that long, so that an answer that was on its way does not bring it back. */
const SETTLED_FOR = 10_000;

/**
 * What this node knows of the tweets whose fan-out is not through: those in the store, asked about once a second, and
 * those it is told of meanwhile. Readers merge them in, so that a feed is complete while the fan-out lags.
 */
export function watchUndelivered(node: Node) {
  const caller = node.broker as unknown as Caller;
  const entries = new Map<string, TweetEntry>();
  const settled = new Map<string, number>();
  /** Told of since the last question was asked: its answer may not have them yet. */
  let told = new Map<string, TweetEntry>();
  let trustedUntil = 0;
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;

  async function refresh(): Promise<void> {
    const askedAt = performance.now();
    told = new Map();
    const { entries: found, more } = await call(caller, "tweets.undelivered", {});
    for (const [id, at] of settled) if (askedAt - at > SETTLED_FOR) settled.delete(id);
    entries.clear();
    for (const entry of [...found, ...told.values()]) if (!settled.has(entry.id)) entries.set(entry.id, entry);
    trustedUntil = more ? 0 : askedAt + TRUSTED_FOR;
  }

  function schedule(wait: number): void {
    timer = setTimeout(() => {
      refresh()
        .catch((error: unknown) => {
          node.broker.logger.debug("The undelivered tweets could not be read:", messageOf(error));
        })
        .finally(() => {
          if (!stopped) schedule(REFRESH_EVERY);
        });
    }, wait);
  }

  return {
    start(): void {
      if (!stopped) schedule(0);
    },
    stop(): void {
      stopped = true;
      clearTimeout(timer);
    },
    add(entry: TweetEntry): void {
      if (settled.has(entry.id)) return;
      entries.set(entry.id, entry);
      told.set(entry.id, entry);
    },
    remove(ids: readonly string[]): void {
      const now = performance.now();
      for (const id of ids) {
        entries.delete(id);
        told.delete(id);
        settled.set(id, now);
      }
    },
    /** @returns the entries as they are now, or null when this node can't say */
    snapshot(): TweetEntry[] | null {
      return performance.now() < trustedUntil ? [...entries.values()] : null;
    },
  };
}

export type Undelivered = ReturnType<typeof watchUndelivered>;
