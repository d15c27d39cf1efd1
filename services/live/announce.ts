import type { Events } from "../../contract/events.ts";
import { audiencesOf } from "../../contract/notices.ts";
import type { NotificationRecord, TweetView } from "../../contract/records.ts";
import { createLru } from "../../lib/lru.ts";
import type { Presenter } from "../gateway/present.ts";
import type { Connections, LiveServer } from "./connections.ts";
import { emitTo, watching } from "./rooms.ts";

/** Tweets to remember, so that a repeated event is not sent again: an hour at 30 tweets a second, in 20 MB. */
const REMEMBERED_TWEETS = 100_000;

/** Sends tweets, deletions and notifications to the connections of this node that may see them. */
export function createAnnouncer(server: () => LiveServer, connections: Connections, present: Presenter) {
  const sent = createLru<true>({ max: REMEMBERED_TWEETS });

  const notice = (kind: NotificationRecord["kind"], tweet: TweetView) =>
    present.notification({ id: tweet.id, kind, read: false, actor: tweet.author, tweet });

  /** The connections that get an author's tweets. */
  function audience(authorId: string): Set<string> {
    const ids = connections.hearing(authorId);
    for (const id of watching(server(), authorId)) ids.add(id);
    return ids;
  }

  return {
    tweet({ tweet, mentions }: Events["tweet.created"]): void {
      if (sent.has(tweet.id)) return;
      sent.set(tweet.id, true);
      const io = server();
      const authorId = tweet.author.id;
      emitTo(io, audience(authorId), "tweet", () => present.tweet(tweet));
      const { mentioned, followersExcept } = audiencesOf({ authorId, mentions });
      emitTo(io, connections.ofUsers(mentioned), "notification", () => notice("mention", tweet));
      const others = connections.notifiedBy(authorId).difference(connections.ofUsers(followersExcept));
      emitTo(io, others, "notification", () => notice("tweet", tweet));
    },

    deletion({ id, authorId }: Events["tweet.deleted"]): void {
      // Don't send the tweet later, if its creation arrives after its deletion.
      sent.set(id, true);
      emitTo(server(), audience(authorId), "tweet:deleted", () => ({ id }));
    },

    follow({ follow, follower }: Events["follow.created"]): void {
      const record: NotificationRecord = { id: follow.id, kind: "follow", read: false, actor: follower };
      const followed = connections.ofUsers([follow.followeeId]);
      emitTo(server(), followed, "notification", () => present.notification(record));
    },
  };
}
