/** The times of an acknowledged request and of its answer, by `performance.now()`. */
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

/** A period of following. It holds for certain between the follow's answer and the unfollow's request. */
interface Stretch {
  readonly begin: Acknowledged;
  end: Acknowledged;
}

const NEVER: Acknowledged = { sentAt: Infinity, acknowledgedAt: Infinity };
const ALWAYS: Stretch = { begin: { sentAt: -Infinity, acknowledgedAt: -Infinity }, end: NEVER };

/** Compares ids, decimal numbers of any length. @returns a negative number when `a` is newer */
export function newestFirst(a: string, b: string): number {
  if (a.length !== b.length) return b.length - a.length;
  return a < b ? 1 : a > b ? -1 : 0;
}

/**
 * Computes what each person must see from acknowledged requests alone. The caller must not have two requests for one
 * pair of people, or for one tweet, in flight at once: otherwise the acknowledged state may differ from the real one.
 *
 * @param people the number of people
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
      if (!last) throw new Error(`Person ${follower} unfollowed ${followee} without following before`);
      last.end = end;
      followers[followee]! -= 1;
    },

    tweets: tweets as ReadonlyMap<string, PostedTweet>,
    byKey: byKey as ReadonlyMap<string, PostedTweet>,
    isDeleted: (id: string): boolean => deleted.has(id),
    tweetsOf: (author: number): readonly PostedTweet[] => byAuthor[author]!,
    followersOf: (author: number): number => followers[author]!,

    /** @returns the ids of the author's tweets that are not deleted, newest first */
    profileOf: (author: number): string[] => present(author).sort(newestFirst),

    /** @returns the ids of the tweets by the reader and by the users that the reader follows, newest first */
    feedOf(reader: number): string[] {
      const following = [...stretches[reader]!.keys()].filter((followee) => follows(reader, followee));
      return [reader, ...following].flatMap(present).sort(newestFirst);
    },

    /** Whether a person certainly follows the author, or is the author, during a whole period. */
    followsThroughout: (follower: number, author: number, from: number, until: number): boolean =>
      stretchesOf(follower, author).some(({ begin, end }) => begin.acknowledgedAt <= from && end.sentAt >= until),

    /** Whether a person may follow the author, or is the author, at some moment of a period. */
    mayFollow: (follower: number, author: number, from: number, until: number): boolean =>
      stretchesOf(follower, author).some(({ begin, end }) => begin.sentAt <= until && end.acknowledgedAt >= from),
  };
}

export type Oracle = ReturnType<typeof createOracle>;
