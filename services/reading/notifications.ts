import type { Caller } from "../../contract/call.ts";
import type { NotificationRecord } from "../../contract/records.ts";
import { hydrateTweets, type TweetPlace, usersById, viewTweet } from "./tweets.ts";

/** A notification before hydration. Its id is the tweet's or the follow's. It has a tweet if the skeleton read one. */
export interface Notice extends TweetPlace {
  kind: NotificationRecord["kind"];
  actorId: string;
}

/** A notification's actor, and the tweet that it is about. */
export type HydratedNotice = Pick<NotificationRecord, "actor" | "tweet">;

/**
 * The second step of reading notifications: loads tweets and actors.
 *
 * @returns in the order of the notices; null for those whose tweet or actor is gone
 */
export async function hydrateNotices(caller: Caller, notices: readonly Notice[]): Promise<(HydratedNotice | null)[]> {
  const about = notices.filter(({ kind }) => kind !== "follow");
  const [hydrated, actors] = await Promise.all([
    hydrateTweets(caller, about),
    usersById(
      caller,
      notices.filter(({ kind }) => kind === "follow").map(({ actorId }) => actorId),
    ),
  ]);
  const tweets = new Map(hydrated.flatMap((found) => (found ? [[found.tweet.id, viewTweet(found)] as const] : [])));
  return notices.map(({ id, kind, actorId }) => {
    if (kind === "follow") {
      const actor = actors.get(actorId);
      return actor ? { actor } : null;
    }
    const tweet = tweets.get(id);
    return tweet ? { actor: tweet.author, tweet } : null;
  });
}

/**
 * The fourth step: makes the notification as gateways get it.
 *
 * @param readUpTo the id of the newest notification that the user has read
 */
export function viewNotice(
  { id, kind }: Notice,
  { actor, tweet }: HydratedNotice,
  readUpTo: string,
): NotificationRecord {
  return { id, kind, read: id <= readUpTo, actor, ...(tweet && { tweet }) };
}
