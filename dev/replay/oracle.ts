/** A request that was acknowledged: when it was sent, and when its answer was there, by `performance.now()`. */
export interface Acknowledged {
  readonly sentAt: number;
  readonly acknowledgedAt: number;
}

export interface PostedTweet extends Acknowledged {
  readonly id: string;
  readonly key: string;
  readonly text: string;
  readonly author: number;
}

/** A time in which somebody follows: certainly between the follow's answer and the unfollow's request. */
interface Stretch {
  readonly begin: Acknowledged;
  end: Acknowledged;
}

const NEVER: Acknowledged = { sentAt: Infinity, acknowledgedAt: Infinity };
const ALWAYS: Stretch = { begin: { sentAt: -Infinity, acknowledgedAt: -Infinity }, end: NEVER };

/** @returns a negative number when `a` is the newer one; ids are decimal numbers of any length */
export function newestFirst(a: string, b: string): number {
  if (a.length !== b.length) return b.length - a.length;
  return a < b ? 1 : a > b ? -1 : 0;
}

/**
 * What everybody should see, from what was acknowledged alone. Whoever tells it must not have two requests on one pair
 * of people, or on one tweet, under way at once: then what was acknowledged is what is.
 *
 * @param people how many there are
 */
export function createOracle(people: number) {
  const tweets = new Map<string, PostedTweet>();
  const byKey = new Map<string, PostedTweet>();
  const byAuthor = Array.from({ length: people }, (): PostedTweet[] => []);
  const deleted = new Set<string>();
  /** By follower, then by followee. */
  const stretches = Array.from({ length: people }, () => new Map<number, Stretch[]>());
  const followers = Array.from({ length: people }, () => 0);

  const stretchesOf = (follower: number, author: number): readonly Stretch[] =>
    follower === author ? [ALWAYS] : (stretches[follower]!.get(author) ?? []);
  const follows = (follower: number, author: number) =>
    stretchesOf(follower, author).at(-1)?.end.acknowledgedAt === Infinity;
  const present = (author: number) => byAuthor[author]!.map(({ id }) => id).filter((id) => !deleted.has(id));

  return {
    posted(tweet: PostedTweet): void {
      tweets.set(tweet.id, tweet);
      byKey.set(tweet.key, tweet);
      byAuthor[tweet.author]!.push(tweet);
    },
    deleted(id: string): void {
      deleted.add(id);
    },
    followed(follower: number, followee: number, begin: Acknowledged): void {
      const all = stretches[follower]!.get(followee) ?? [];
      stretches[follower]!.set(followee, all);
      all.push({ begin, end: NEVER });
      followers[followee]! += 1;
    },
    unfollowed(follower: number, followee: number, end: Acknowledged): void {
      const last = stretches[follower]!.get(followee)?.at(-1);
      if (!last) throw new Error("Nobody can unfollow whom they don't follow");
      last.end = end;
      followers[followee]! -= 1;
    },

    tweets: tweets as ReadonlyMap<string, PostedTweet>,
    byKey: byKey as ReadonlyMap<string, PostedTweet>,
    isDeleted: (id: string): boolean => deleted.has(id),
    tweetsOf: (author: number): readonly PostedTweet[] => byAuthor[author]!,
    followersOf: (author: number): number => followers[author]!,

    /** @returns the ids of the author's tweets that are there, newest first */
    profileOf: (author: number): string[] => present(author).sort(newestFirst),

    /** @returns the ids of the tweets of the reader, and of those whom the reader follows, newest first */
    feedOf(reader: number): string[] {
      const followees = [...stretches[reader]!.keys()].filter((followee) => follows(reader, followee));
      return [reader, ...followees].flatMap(present).sort(newestFirst);
    },

    /** Whether somebody follows, or is, the author for certain during all of a time. */
    followsThroughout: (follower: number, author: number, from: number, until: number): boolean =>
      stretchesOf(follower, author).some(({ begin, end }) => begin.acknowledgedAt <= from && end.sentAt >= until),

    /** Whether somebody may follow, or is, the author at some moment of a time. */
    mayFollow: (follower: number, author: number, from: number, until: number): boolean =>
      stretchesOf(follower, author).some(({ begin, end }) => begin.sentAt <= until && end.acknowledgedAt >= from),
  };
}

export type Oracle = ReturnType<typeof createOracle>;
