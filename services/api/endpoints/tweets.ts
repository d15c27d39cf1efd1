import { randomBytes } from "node:crypto";
import { z } from "zod";
import { call } from "../../../contract/call.ts";
import { Tweet, TweetInput, TweetKey, TweetPage } from "../../../contract/shapes.ts";
import { nextPage } from "../../gateway/present.ts";
import { endpoint, IdParams, PageQuery } from "../endpoint.ts";
import { renderTweetPage } from "../../pages/pages.ts";

/** Tweets one by one, and the feed. */
export function tweetEndpoints() {
  return [
    endpoint({
      method: "POST",
      path: "/tweet",
      summary: "Tweet",
      tag: "Tweets",
      auth: "required",
      limit: "tweet",
      body: TweetInput,
      replies: { 201: { description: "The tweet is stored and will not be lost", schema: Tweet } },
      async handle({ caller, session, body, present }) {
        const { tweet } = await call(caller, "tweets.create", { ...body, key: newKey(), authorId: session.userId });
        return { status: 201, body: present.tweet(tweet) };
      },
    }),

    endpoint({
      method: "POST",
      path: "/tweet/:id",
      summary: "Tweet under a key of the client's own: safe to send again",
      tag: "Tweets",
      auth: "required",
      limit: "tweet",
      params: z.object({ id: TweetKey }),
      body: TweetInput,
      replies: {
        201: { description: "The tweet is stored and will not be lost", schema: Tweet },
        200: { description: "It was stored before: the first one", schema: Tweet },
      },
      errors: [409],
      async handle({ caller, session, params, body, present }) {
        const { tweet, created } = await call(caller, "tweets.create", {
          ...body,
          key: params.id,
          authorId: session.userId,
        });
        return { status: created ? 201 : 200, body: present.tweet(tweet) };
      },
    }),

    endpoint({
      method: "GET",
      path: "/tweet/:id",
      summary: "A tweet by its id or its key",
      description: "A browser (`Accept: text/html`) gets the share page.",
      tag: "Tweets",
      auth: "none",
      limit: "read",
      params: IdParams,
      replies: { 200: { description: "The tweet", schema: Tweet } },
      errors: [404],
      async handle({ caller, params, present }) {
        return { status: 200, body: present.tweet(await call(caller, "timeline.tweet", { idOrKey: params.id })) };
      },
      page: (tweet, site) => renderTweetPage(tweet as Tweet, site),
    }),

    endpoint({
      method: "DELETE",
      path: "/tweet/:id",
      summary: "Delete a tweet of the caller's",
      tag: "Tweets",
      auth: "required",
      limit: "write",
      params: IdParams,
      replies: { 204: { description: "It is gone from every feed and profile" } },
      errors: [403, 404],
      async handle({ caller, session, params }) {
        await call(caller, "tweets.remove", { idOrKey: params.id, userId: session.userId });
        return { status: 204 };
      },
    }),

    endpoint({
      method: "GET",
      path: "/feed",
      summary: "The caller's home timeline",
      tag: "Tweets",
      auth: "required",
      limit: "read",
      query: PageQuery,
      replies: {
        200: { description: "Tweets of those the caller follows and their own, newest first", schema: TweetPage },
      },
      async handle({ caller, session, query, present }) {
        const { items, next } = await call(caller, "timeline.home", { userId: session.userId, ...query });
        return { status: 200, body: { tweets: items.map(present.tweet), next: nextPage("/feed", query, next) } };
      },
    }),
  ];
}

/** A key for a client that has none: with one, a call that got no answer can be made again on another node. */
function newKey(): string {
  return randomBytes(16).toString("base64url");
}
