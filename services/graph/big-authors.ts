import { LRUCache } from "lru-cache";
import type { BigAuthor } from "../../contract/records.ts";
import type { Collection, CollectionSpec } from "../../seams/collections/collection.ts";
import { insertIfFree } from "../../seams/collections/insert.ts";
import type { FollowDoc } from "./follow-doc.ts";

/** An author with more followers than `FANOUT_LIMIT`. */
export interface BigAuthorDoc {
  _id: string;
  /** The time from which the author counts as big, in milliseconds since 1970; null until the second write. */
  since: number | null;
}

export const BIG_AUTHORS: CollectionSpec = { name: "big_authors", indexes: [] };

/** The answer to "is this author big?" is reused for this long, because every fan-out asks the question. */
const REUSED_FOR_MS = 1000;

/** Finds out which authors are big. @param limit an author with more followers is big */
export function createBigAuthors(bigAuthors: Collection<BigAuthorDoc>, follows: Collection<FollowDoc>, limit: number) {
  const answers = new LRUCache<string, { big: BigAuthor | null }>({ max: 10_000, ttl: REUSED_FOR_MS });

  /** `since` is recorded in a second write, once the first is visible to all readers. */
  async function find(userId: string): Promise<BigAuthor | null> {
    const known = await bigAuthors.findById(userId, { fresh: true });
    if (known?.since) return { id: userId, since: known.since };
    if (!known) {
      const tooMany = limit + 1;
      if ((await follows.count({ query: { followeeId: userId }, limit: tooMany, fresh: true })) < tooMany) return null;
      await insertIfFree(bigAuthors, { _id: userId, since: null });
    }
    const marked = await bigAuthors.updateOne({ _id: userId, since: null }, { $set: { since: Date.now() } });
    return { id: userId, since: marked?.since ?? null };
  }

  return {
    async get(userId: string): Promise<BigAuthor | null> {
      const known = answers.get(userId);
      if (known) return known.big;
      const big = await find(userId);
      answers.set(userId, { big });
      return big;
    },

    /** From the primary: an author that a replica lacks would be missing from feeds. */
    list: async (): Promise<BigAuthor[]> =>
      (await bigAuthors.find({ fresh: true })).map(({ _id, since }) => ({ id: _id, since })),
  };
}
