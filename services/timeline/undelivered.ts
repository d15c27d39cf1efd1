import type { ServiceBroker } from "moleculer";
import { call } from "../../contract/call.ts";
import type { TweetEntry } from "../../contract/records.ts";
import { messageOf } from "../../lib/errors.ts";
import { createFreshView } from "../../lib/fresh-view.ts";

/** Each node asks the store this often. */
const REFRESH_EVERY_MS = 1000;
/** A view older than this is not trusted: readers then go to the store. */
const TRUSTED_FOR_MS = 4000;
/** A delivered tweet is remembered this long, so that an answer already under way does not bring it back. */
const SETTLED_FOR_MS = 10_000;

/**
 * The undelivered tweets that this node knows: those in the store, read once a second, and those in events since then.
 * Readers merge these tweets into feeds, so that a feed is complete while the fan-out lags.
 */
export function watchUndelivered(broker: ServiceBroker) {
  const entries = new Map<string, TweetEntry>();
  const settled = new Map<string, number>();
  /** The tweets in events since the last question to the store, whose answer may lack them. */
  let told = new Map<string, TweetEntry>();

  async function ask(): Promise<ReadonlyMap<string, TweetEntry> | null> {
    const askedAt = performance.now();
    told = new Map();
    const { entries: found, more } = await call(broker, "tweets.undelivered", {});
    for (const [id, at] of settled) if (askedAt - at > SETTLED_FOR_MS) settled.delete(id);
    entries.clear();
    for (const entry of [...found, ...told.values()]) if (!settled.has(entry.id)) entries.set(entry.id, entry);
    return more ? null : entries;
  }

  const { start, stop, snapshot } = createFreshView(ask, {
    everyMs: REFRESH_EVERY_MS,
    trustedForMs: TRUSTED_FOR_MS,
    onError: (error) => broker.logger.debug("The undelivered tweets could not be read:", messageOf(error)),
  });

  return {
    start,
    stop,

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

    /** @returns the entries as they are now, or null when they are too old or too many to be trusted */
    snapshot(): TweetEntry[] | null {
      const known = snapshot();
      return known && [...known.values()];
    },
  };
}

export type Undelivered = ReturnType<typeof watchUndelivered>;
