import type { Params } from "../../contract/call.ts";
import type { Audience, Ids } from "../../contract/records.ts";
import type { Collection, Query } from "../../seams/collections/collection.ts";
import type { createBigAuthors } from "./big-authors.ts";
import { type FollowDoc, followerOf } from "./follow-doc.ts";

/** The followers in one answer, for all authors together: about 200 KB, while NATS takes messages of up to 1 MB. */
const ANSWER_LIMIT = 10_000;
/** The followers of one author in one answer: a push to so many lists takes a few milliseconds of Redis's time. */
const PAGE_LIMIT = 2000;

/**
 * Reads who gets an author's tweets. The store reads an index alone, and the primary answers: a follower that a replica
 * lacks would miss the tweet, since it then counts as delivered.
 */
export function createAudiences(
  follows: Collection<FollowDoc>,
  bigAuthors: Pick<ReturnType<typeof createBigAuthors>, "get">,
  fanoutLimit: number,
) {
  /** @param limit the page has more only if it is as long as this */
  async function page(query: Query, limit: number): Promise<Ids> {
    const found = await follows.findFields({ query, sort: ["-seq"], limit, fresh: true }, ["seq"]);
    return { ids: found.map(({ _id }) => followerOf(_id)), next: found.length < limit ? undefined : found.at(-1)?.seq };
  }

  async function first(authorId: string, limit: number): Promise<Audience> {
    const followers = await page({ followeeId: authorId }, limit);
    // Whoever has so few followers need not be looked up. If they were more once, feeds have the tweets twice, and show
    // each once.
    const isSmall = followers.next === undefined && followers.ids.length <= fanoutLimit;
    return { big: isSmall ? null : await bigAuthors.get(authorId), ...followers };
  }

  return {
    firstPages({ authorIds }: Params<"graph.audiences">): Promise<Audience[]> {
      const limit = Math.max(1, Math.min(PAGE_LIMIT, Math.floor(ANSWER_LIMIT / authorIds.length)));
      return Promise.all(authorIds.map((id) => first(id, limit)));
    },

    nextPage: ({ userId, before }: Params<"graph.followerIds">) =>
      page({ followeeId: userId, seq: { $lt: before } }, PAGE_LIMIT),

    /** Those whom the author's tweets notify. */
    notifiedPage: ({ userId, before, limit }: Params<"graph.notifiedPage">) =>
      page({ followeeId: userId, notify: true, seq: { $lt: before } }, limit),
  };
}
