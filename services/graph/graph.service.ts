import { actionsOf } from "../../contract/call.ts";
import { storeMixin } from "../../mixins/store.mixin.ts";
import { service } from "../../seams/node.ts";
import { createAudiences } from "./audiences.ts";
import { BIG_AUTHORS, type BigAuthorDoc, createBigAuthors } from "./big-authors.ts";
import { type FollowDoc, FOLLOWS } from "./follow-doc.ts";
import { createFollowLists } from "./follow-lists.ts";
import { createFollows } from "./follows.ts";

/** The graph of follows. */
export default service((node) => {
  const { broker, channel, config, ids } = node;
  const followDocs = node.collection<FollowDoc>(FOLLOWS);
  const bigAuthorDocs = node.collection<BigAuthorDoc>(BIG_AUTHORS);
  const follows = createFollows({ follows: followDocs, broker, channel, ids });
  const lists = createFollowLists(followDocs);
  const bigAuthors = createBigAuthors(bigAuthorDocs, followDocs, config.fanoutLimit);
  const audiences = createAudiences(followDocs, bigAuthors, config.fanoutLimit);

  return {
    name: "graph",
    mixins: [storeMixin(followDocs, bigAuthorDocs)],
    actions: actionsOf("graph", {
      follow: (ctx) => follows.follow(ctx, ctx.params),
      unfollow: (ctx) => follows.unfollow(ctx.params),

      following: (ctx) => lists.all(ctx.params.userId, ctx.params),
      followeeIds: (ctx) => lists.followeeIds(ctx.params),
      followersPage: (ctx) => lists.page("followers", ctx.params.userId, ctx.params),
      audiences: (ctx) => audiences.firstPages(ctx.params),
      followerIds: (ctx) => audiences.nextPage(ctx.params),
      notifiedPage: (ctx) => audiences.notifiedPage(ctx.params),
      listFollowers: (ctx) => lists.list(ctx, "followers", ctx.params),
      listFollowing: (ctx) => lists.list(ctx, "following", ctx.params),
      counts: (ctx) => lists.counts(ctx.params),
      relation: (ctx) => lists.relation(ctx.params),
      relations: (ctx) => lists.relations(ctx.params),
      suggestions: (ctx) => lists.suggestions(ctx, ctx.params),

      bigAuthors: () => bigAuthors.list(),
    }),
  };
});
