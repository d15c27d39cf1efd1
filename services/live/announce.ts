import type { Events } from "../../contract/events.ts";
import { audiencesOf } from "../../contract/notices.ts";
import type { NotificationRecord, TweetView } from "../../contract/records.ts";
import { createLru } from "../../lib/lru.ts";
import type { Presenter } from "../gateway/present.ts";
import type { LiveServer } from "./connections.ts";
import { rooms } from "./rooms.ts";

/** Tweets to remember, so that a repeated event is not sent again: an hour at 30 tweets a second, in 20 MB. */
const REMEMBERED_TWEETS = 100_000;

/** Sends tweets, deletions and notifications to the connections of this node that may see them. */
export function createAnnouncer(server: () => LiveServer, present: Presenter) {
  const sent = createLru<true>({ max: REMEMBERED_TWEETS });

  const notice = (kind: NotificationRecord["kind"], tweet: TweetView) =>
    present.notification({ id: tweet.id, kind, read: false, actor: tweet.author, tweet });

  return {
    tweet({ tweet, mentions }: Events["tweet.created"]): void {
      if (sent.has(tweet.id)) return;
      sent.set(tweet.id, true);
      const io = server();
      const authorId = tweet.author.id;
      io.to([rooms.author(authorId), rooms.watch(authorId)]).emit("tweet", present.tweet(tweet));
      const { mentioned, followersExcept } = audiencesOf({ authorId, mentions });
      // Without a room, socket.io would send to everybody.
      if (mentioned.length > 0) io.to(mentioned.map(rooms.user)).emit("notification", notice("mention", tweet));
      const others = io.to(rooms.notify(authorId)).except(followersExcept.map(rooms.user));
      others.emit("notification", notice("tweet", tweet));
    },

    deletion({ id, authorId }: Events["tweet.deleted"]): void {
      // Don't send the tweet later, if its creation arrives after its deletion.
      sent.set(id, true);
      server()
        .to([rooms.author(authorId), rooms.watch(authorId)])
        .emit("tweet:deleted", { id });
    },

    follow({ follow, follower }: Events["follow.created"]): void {
      const record: NotificationRecord = { id: follow.id, kind: "follow", read: false, actor: follower };
      server().to(rooms.user(follow.followeeId)).emit("notification", present.notification(record));
    },
  };
}
