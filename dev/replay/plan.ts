import type { Graph } from "./graph.ts";
import { createZipf, type Random } from "./random.ts";

/** One action of one person. `nth` numbers the tweets of the run from 0. */
export type Step =
  | { readonly does: "tweet"; readonly who: number; readonly nth: number }
  | { readonly does: "delete"; readonly who: number; readonly nth: number }
  | { readonly does: "follow" | "unfollow"; readonly who: number; readonly whom: number }
  | { readonly does: "read"; readonly who: number };

/**
 * Relative frequencies of the actions. Tweets are what the run measures. Reads are frequent enough that most people have
 * a home list for the fan-out to write to. The rest happens now and then.
 */
const WEIGHTS = { tweet: 75, read: 20, follow: 1.5, unfollow: 1.5, delete: 2 } as const;
const KINDS = Object.entries(WEIGHTS) as [Step["does"], number][];
const TOTAL = KINDS.reduce((sum, [, weight]) => sum + weight, 0);
/** The newest tweets, whose fan-out is likely still running: half of the deletions pick one of these, to race with it. */
const NEWEST = 20;

/** A collection from which any item can be removed in constant time. */
function createBag<T>(items: readonly T[]) {
  const all = [...items];
  return {
    all,
    take(at: number): T {
      const taken = all[at]!;
      const last = all.pop()!;
      if (at < all.length) all[at] = last;
      return taken;
    },
  };
}

function pickKind(random: Random): Step["does"] {
  let at = random.next() * TOTAL;
  return KINDS.find(([, weight]) => (at -= weight) < 0)?.[0] ?? "tweet";
}

/** Yields steps without end, the same for the same graph and random numbers. Authors are drawn by Zipf's law. */
export function* planSteps(graph: Graph, random: Random): Generator<Step, never> {
  const writers = random.shuffled(Array.from({ length: graph.people }, (_, person) => person));
  const rank = createZipf(random, graph.people);
  const follows = createBag(graph.follows);
  const known = new Set(graph.follows.map(String));
  const tweets: { who: number; nth: number }[] = [];
  let posted = 0;
  for (;;) {
    const does = pickKind(random);
    const who = random.below(graph.people);
    switch (does) {
      case "tweet": {
        const tweet = { who: writers[rank()]!, nth: posted++ };
        tweets.push(tweet);
        yield { does, ...tweet };
        break;
      }
      case "read":
        yield { does, who };
        break;
      case "follow": {
        const whom = random.below(graph.people);
        if (whom === who || known.has(`${who},${whom}`)) break;
        known.add(`${who},${whom}`);
        follows.all.push([who, whom]);
        yield { does, who, whom };
        break;
      }
      case "unfollow": {
        if (follows.all.length === 0) break;
        const [follower, followee] = follows.take(random.below(follows.all.length));
        known.delete(`${follower},${followee}`);
        yield { does, who: follower, whom: followee };
        break;
      }
      case "delete": {
        if (tweets.length === 0) break;
        const from = random.next() < 0.5 ? Math.max(0, tweets.length - NEWEST) : 0;
        const [tweet] = tweets.splice(from + random.below(tweets.length - from), 1);
        yield { does, ...tweet! };
      }
    }
  }
}
