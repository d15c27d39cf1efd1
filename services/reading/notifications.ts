import { timeOf } from "../../lib/snowflake.ts";
import { hydrate, presentTweet } from "./tweets.ts";
import { call, type Caller } from "../../contract/actions.ts";
import type { Notification, Tweet, UserRef } from "../../contract/shapes.ts";
import type { Notice } from "../notifier/inbox.ts";

/** The public form of a notification that somebody follows the user, `id` being the follow's. */
export function presentFollow(id: string, follower: UserRef, read: boolean): Notification {
  return { id, kind: "follow", createdAt: new Date(timeOf(id)).toISOString(), read, actor: follower };
}

/** The public form of a notification of a tweet. */
export function presentTweetNotice(kind: "tweet" | "mention", tweet: Tweet, read: boolean): Notification {
  return { id: tweet.id, kind, createdAt: tweet.createdAt, read, actor: tweet.author, tweet };
}

/** Hydrates and presents notices; those whose tweet or actor is gone are left out. */
export async function presentNotices(
  caller: Caller,
  notices: Notice[],
  readUpTo: string,
  publicUrl: string,
): Promise<Notification[]> {
  const follows = notices.filter((notice) => notice.kind === "follow");
  const tweetIds = notices.flatMap(({ tweetId }) => (tweetId === undefined ? [] : [tweetId]));
  const [hydrated, refs] = await Promise.all([
    hydrate(caller, tweetIds),
    follows.length > 0 ? call(caller, "users.refs", { ids: follows.map((notice) => notice.actorId) }) : [],
  ]);
  const tweets = new Map(hydrated.map(({ tweet, author }) => [tweet.id, presentTweet(tweet, author, publicUrl)]));
  const followers = new Map(follows.map((notice, index) => [notice.id, refs[index]]));
  return notices.flatMap((notice) => {
    const read = notice.id <= readUpTo;
    if (notice.kind === "follow") {
      const follower = followers.get(notice.id);
      return follower ? [presentFollow(notice.id, follower, read)] : [];
    }
    const tweet = tweets.get(notice.id);
    return tweet ? [presentTweetNotice(notice.kind, tweet, read)] : [];
  });
}
