import type { Ask, Try } from "../replay/http.ts";
import type { LiveClient } from "../replay/live.ts";
import type { Oracle } from "../replay/oracle.ts";

/** What people do, and may have to wait for. */
export const WAITED_FOR = ["post", "read", "live"] as const;
export type WaitedFor = (typeof WAITED_FOR)[number];

/** A time in which somebody waited, by `performance.now()`. */
interface Wait {
  readonly from: number;
  readonly until: number;
}

/** Who waits longer than this, or has to ask again, calls it an outage; in milliseconds. */
const NOTICED_MS = 1000;

/** Notes when somebody had to wait: then what they waited for was not available. */
export function createWaits() {
  const waits: Record<WaitedFor, Wait[]> = { post: [], read: [], live: [] };
  /** When requests that failed so far were first sent. */
  const failing = new Map<Ask, number>();

  return {
    /** Is to be told of every try. */
    observe({ ask, began, ended, ok }: Try): void {
      const what = whatFor(ask);
      if (!what) return;
      const from = failing.get(ask) ?? began;
      if (!ok) {
        failing.set(ask, from);
        return;
      }
      if (failing.delete(ask) || ended - from > NOTICED_MS) waits[what].push({ from, until: ended });
    },

    /** Adds what was late on sockets. What a sync brought of somebody who was only followed later was not. */
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

    /** @returns how many milliseconds of a time somebody waited */
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

function whatFor({ method, path }: Ask): WaitedFor | null {
  if (method === "POST" && path.startsWith("/tweet/")) return "post";
  return method === "GET" && path.startsWith("/feed") ? "read" : null;
}
