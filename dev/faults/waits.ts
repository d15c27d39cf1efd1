import type { Ask, Try } from "../replay/http.ts";
import type { LiveClient } from "../replay/live.ts";
import type { Oracle } from "../replay/oracle.ts";

/** The actions that people may have to wait for. */
export const WAITED_FOR = ["post", "read", "live"] as const;
export type WaitedFor = (typeof WAITED_FOR)[number];

/** A period in which a person waited, by `performance.now()`. */
interface Wait {
  readonly from: number;
  readonly until: number;
}

/** Waits longer than this count as an outage, because a person notices them. Every retry counts too. */
const NOTICED_MS = 1000;

/** Records the periods in which people had to wait, because the action they waited for was unavailable. */
export function createWaits() {
  const waits: Record<WaitedFor, Wait[]> = { post: [], read: [], live: [] };
  /** The start of each request that has only failed so far. */
  const failing = new Map<Ask, number>();

  return {
    /** Records a try. Must be called with every try, because a person waits from the first failed one on. */
    observe({ ask, began, ended, ok }: Try): void {
      const what = actionOf(ask);
      if (!what) return;
      const from = failing.get(ask) ?? began;
      if (!ok) {
        failing.set(ask, from);
        return;
      }
      if (failing.delete(ask) || ended - from > NOTICED_MS) waits[what].push({ from, until: ended });
    },

    /** Adds tweets that came late to sockets, except those that a sync brought after a later follow of the author. */
    addLive(clients: readonly LiveClient[], oracle: Pick<Oracle, "tweets" | "followsThroughout">): void {
      for (const { person, arrived, synced } of clients) {
        for (const id of new Set([...arrived.keys(), ...synced.keys()])) {
          const seen = Math.min(arrived.get(id) ?? Infinity, synced.get(id) ?? Infinity);
          const tweet = oracle.tweets.get(id);
          if (!tweet || seen - tweet.acknowledgedAt <= NOTICED_MS) continue;
          if (!oracle.followsThroughout(person, tweet.author, tweet.sentAt, seen)) continue;
          waits.live.push({ from: tweet.acknowledgedAt, until: seen });
        }
      }
    },

    /** @returns the milliseconds of a period in which a person waited */
    within(what: WaitedFor, from: number, until: number): number {
      let total = 0;
      let counted = from;
      for (const wait of [...waits[what]].sort((a, b) => a.from - b.from)) {
        const begin = Math.max(wait.from, counted);
        const end = Math.min(wait.until, until);
        if (end <= begin) continue;
        total += end - begin;
        counted = end;
      }
      return total;
    },
  };
}

export type Waits = ReturnType<typeof createWaits>;

function actionOf({ method, path }: Ask): WaitedFor | null {
  if (method === "POST" && path.startsWith("/tweet/")) return "post";
  return method === "GET" && path.startsWith("/feed") ? "read" : null;
}
