import { call, type Caller, type Params, type Result } from "../../contract/call.ts";
import type { FollowRecord, Range } from "../../contract/records.ts";
import type { Collection, ReadOptions } from "../../seams/collections/collection.ts";
import { createCounter } from "../../seams/collections/large-counts.ts";
import { nextOf, rangeQuery, readPage } from "../reading/page.ts";
import { followeeOf, type FollowDoc, followId } from "./follow-doc.ts";

/** Each list belongs to the user on one side of its follows and shows the users on the other side. */
const SIDES = {
  followers: { owner: "followeeId", shown: "followerId" },
  following: { owner: "followerId", shown: "followeeId" },
} as const;

type ListName = keyof typeof SIDES;

/** Reads the graph: pages of follows, relations, counts and suggestions. */
export function createFollowLists(follows: Collection<FollowDoc>) {
  const count = createCounter(follows);

  async function all(userId: string, { fresh, lasting }: ReadOptions = {}): Promise<FollowRecord[]> {
    return (await follows.find({ query: { followerId: userId }, fresh, lasting })).map(toRecord);
  }

  async function followeeIds({ userId, fresh, lasting }: Params<"graph.followeeIds">): Promise<string[]> {
    const found = await follows.findFields({ query: { followerId: userId }, fresh, lasting }, []);
    return found.map(({ _id }) => followeeOf(_id));
  }

  async function page(list: ListName, userId: string, range: Range & ReadOptions): Promise<FollowRecord[]> {
    const query = { [SIDES[list].owner]: userId, ...rangeQuery("seq", range) };
    return (await follows.find({ query, sort: ["-seq"], limit: range.limit, fresh: range.fresh })).map(toRecord);
  }

  /**
   * Clients see users, not follows, so their cursor is the id of a listed user.
   *
   * @returns the `seq` of the follow that put this user into the list; the cursor itself if there is no such follow
   */
  async function placeOf(list: ListName, ownerId: string, id: string | undefined): Promise<string | undefined> {
    if (id === undefined) return undefined;
    const follow = await follows.findById(list === "followers" ? followId(id, ownerId) : followId(ownerId, id));
    return follow?.seq ?? id;
  }

  async function relations({ viewerId, userIds }: Params<"graph.relations">): Promise<Result<"graph.relations">> {
    const ids = userIds.flatMap((id) => [followId(viewerId, id), followId(id, viewerId)]);
    const found = new Map((await follows.findByIds(ids)).map((follow) => [follow._id, follow]));
    return userIds.map((id) => {
      const out = found.get(followId(viewerId, id));
      return { following: !!out, followedBy: found.has(followId(id, viewerId)), notify: out?.notify ?? false };
    });
  }

  return {
    all,
    followeeIds,
    page,

    /** One page of users, with the list's owner. @throws NotFoundError */
    async list(
      caller: Caller,
      name: ListName,
      { username, viewerId, limit, ...ends }: Params<"graph.listFollowers">,
    ): Promise<Result<"graph.listFollowers">> {
      const user = await call(caller, "users.byUsername", { username });
      const { shown } = SIDES[name];
      const [before, after] = await Promise.all([ends.before, ends.after].map((id) => placeOf(name, user.id, id)));
      const users = await readPage(
        { before, after, limit },
        {
          async skeleton(range) {
            const entries = await page(name, user.id, range);
            return { entries, next: nextOf(entries, range.limit) };
          },
          hydrate(entries) {
            return call(caller, "users.people", { ids: entries.map((follow) => follow[shown]), viewerId });
          },
          rules: () => true,
          present: (found) => found,
        },
      );
      return { user, page: users };
    },

    async counts({ userId }: Params<"graph.counts">): Promise<Result<"graph.counts">> {
      const [followers, following] = await Promise.all([count({ followeeId: userId }), count({ followerId: userId })]);
      return { followers, following };
    },

    async relation({ viewerId, userId }: Params<"graph.relation">): Promise<Result<"graph.relation">> {
      return (await relations({ viewerId, userIds: [userId] }))[0]!;
    },

    relations,

    async suggestions(
      caller: Caller,
      { userId, limit }: Params<"graph.suggestions">,
    ): Promise<Result<"graph.suggestions">> {
      const authors = await call(caller, "tweets.recentAuthors", {});
      const relation = userId === undefined ? [] : await relations({ viewerId: userId, userIds: authors });
      const others = authors.filter((id, index) => id !== userId && !relation[index]?.following).slice(0, limit);
      const found = await call(caller, "users.people", { ids: others, viewerId: userId });
      return found.filter((user) => user !== null);
    },
  };
}

export function toRecord({ seq, followerId, followeeId, notify }: FollowDoc): FollowRecord {
  return { id: seq, followerId, followeeId, notify };
}
