import { randomBytes } from "node:crypto";
import { z } from "zod";
import { call } from "../../../contract/call.ts";
import { Tweet, TweetInput, TweetKey, TweetPage } from "../../../contract/shapes.ts";
import { listJson } from "../../gateway/json.ts";
import { nextPage } from "../../gateway/present.ts";
import { KEY, PICTURE_ID, TWEET, TWEET_WITH_PICTURE, TWEETS } from "../description/examples.ts";
import { endpoint, PageQuery, TweetParams, UNCHANGED } from "../endpoint.ts";
import { renderTweetPage } from "../../pages/pages.ts";

/** Single tweets, and the feed. */
export function tweetEndpoints() {
  return [
    endpoint({
      name: "createTweet",
      method: "POST",
      path: "/tweet",
      summary: "Post a tweet",
      tag: "Tweets",
      auth: "required",
      limit: "tweet",
      body: TweetInput,
      example: {
        text: TWEET_WITH_PICTURE.text,
        media: [PICTURE_ID],
        location: TWEET_WITH_PICTURE.location,
      },
      replies: {
        201: { description: "The tweet is stored and will not be lost", schema: Tweet, example: TWEET_WITH_PICTURE },
      },
      async handle({ caller, session, body, present }) {
        const { tweet } = await call(caller, "tweets.create", { ...body, key: newKey(), authorId: session.userId });
        return { status: 201, body: present.tweet(tweet) };
      },
    }),

    endpoint({
      name: "createTweetWithKey",
      method: "POST",
      path: "/tweet/:id",
      summary: "Post a tweet under the client's own key; safe to repeat",
      tag: "Tweets",
      auth: "required",
      limit: "tweet",
      params: z.object({
        id: TweetKey.meta({ description: "the client's own key for this tweet", examples: [KEY] }),
      }),
      body: TweetInput,
      example: { text: TWEET.text, metadata: TWEET.metadata },
      replies: {
        201: { description: "The tweet is stored and will not be lost", schema: Tweet, example: TWEET },
        200: {
          description: "The tweet was already stored; the reply shows the stored one",
          schema: Tweet,
          example: TWEET,
        },
      },
      errors: { 409: ["KEY_CONTENT", "KEY_DELETED", "KEY_TAKEN"] },
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
      name: "getTweet",
      method: "GET",
      path: "/tweet/:id",
      summary: "A tweet by its id or its key",
      description: "A browser (`Accept: text/html`) gets the share page.",
      tag: "Tweets",
      auth: "none",
      limit: "read",
      params: TweetParams,
      replies: { 200: { description: "The tweet", schema: Tweet, example: TWEET } },
      errors: { 404: ["NOT_FOUND"] },
      async handle({ caller, params, present }) {
        return { status: 200, body: present.tweet(await call(caller, "timeline.tweet", { idOrKey: params.id })) };
      },
      page: (tweet, site) => renderTweetPage(tweet as Tweet, site),
    }),

    endpoint({
      name: "deleteTweet",
      method: "DELETE",
      path: "/tweet/:id",
      summary: "Delete one of the caller's tweets",
      tag: "Tweets",
      auth: "required",
      limit: "write",
      params: TweetParams,
      replies: { 204: { description: "The tweet is gone from every feed and profile" } },
      errors: { 403: ["FORBIDDEN"], 404: ["NOT_FOUND"] },
      async handle({ caller, session, params }) {
        await call(caller, "tweets.remove", { idOrKey: params.id, userId: session.userId });
        return { status: 204 };
      },
    }),

    endpoint({
      name: "getFeed",
      method: "GET",
      path: "/feed",
      summary: "The caller's home timeline",
      tag: "Tweets",
      auth: "required",
      limit: "read",
      query: PageQuery,
      replies: {
        200: {
          description: "Tweets of the caller and of the users that the caller follows, newest first",
          schema: TweetPage,
          example: TWEETS,
          headers: { ETag: "EntityTag" },
        },
        304: UNCHANGED,
      },
      async handle({ caller, session, query, present }) {
        const { items, next } = await call(caller, "timeline.home", { userId: session.userId, ...query });
        return {
          status: 200,
          body: listJson("tweets", items.map(present.tweet), { next: nextPage("/feed", query, next) }),
        };
      },
    }),
  ];
}

/** Makes a key for a tweet that the client gave none, so that an unanswered call can be repeated on another node. */
function newKey(): string {
  return randomBytes(16).toString("base64url");
}
