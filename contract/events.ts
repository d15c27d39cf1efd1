import { hash } from "node:crypto";
import type { ServiceBroker } from "moleculer";
import type { FollowRecord, TweetEntry, TweetView, UserRecord } from "./records.ts";

/**
 * Best-effort messages to every node, by name. Any of them may get lost, so receivers must not depend on them: caches
 * expire, clients sync, the outbox is swept.
 */
export interface Events {
  "tweet.created": { tweet: TweetView; mentions: string[] };
  /** With the users whom it mentioned, as far as they are known. */
  "tweet.deleted": { id: string; authorId: string; mentions: string[] };
  "tweet.delivered": { ids: string[] };
  "follow.created": { follow: FollowRecord; follower: UserRecord };
  /** The id of the follow, and whom it told of a new follower. */
  "follow.deleted": { id: string; followeeId: string };
  /** A user has read notifications. */
  "notifications.read": { userId: string };
  /** The users that a user follows, or those whose tweets notify the user, may have changed. */
  "follows.changed": { followerId: string };
  /** These sessions have ended, and their tokens with them. */
  "sessions.ended": { sessionIds: string[] };
  /** Only for the named node: the sender lost sight of that node for a while, and sent it no events meanwhile. */
  "node.missed": { nodeId: string };
}

export type EventName = keyof Events;

/** Sends an event to every node, this one included. */
export function broadcast<N extends EventName>(broker: ServiceBroker, name: N, payload: Events[N]): void {
  void broker.broadcast(name, payload);
}

/** A service's event handlers for Moleculer's schema, typed by the map. */
export function eventsOf(handlers: { [N in EventName]?: (payload: Events[N]) => void | Promise<void> }) {
  return Object.fromEntries(
    Object.entries(handlers).map(([name, handle]) => [
      name,
      (ctx: { params: unknown }) => (handle as (payload: unknown) => void | Promise<void>)(ctx.params),
    ]),
  );
}

/** A tweet to deliver. */
export interface DeliverJob extends TweetEntry {
  /** Absent when its notifications have begun already. */
  mentions?: string[] | undefined;
}

/** A tweet, and the page of the users to notify of it. */
export interface NotifyJob extends TweetEntry {
  mentions: string[];
  /** Followers whose follow has an id below this one are still to be notified; absent on the first page. */
  before?: string | undefined;
  /** When the progress was last saved, in milliseconds since 1970; absent: never. */
  savedAt?: number | undefined;
}

/** Messages of the durable channel, which must arrive, by name. Tweets that are posted at about the same time share one. */
export interface Jobs {
  /** Put tweets into the home timelines, and begin to notify absent users of them. */
  "tweets.deliver": { tweets: DeliverJob[] };
  /** Push tweets to absent users. */
  "tweets.notify": { tweets: NotifyJob[] };
  /** Push a follow to the followee, if absent. */
  "follow.notify": FollowRecord;
}

export type JobName = keyof Jobs;

/** The id of a message with these tweets: the same to-dos have the same id, so that the channel drops repetitions. */
export function nameOfBatch(tweets: readonly { id: string; before?: string | undefined }[]): string {
  const names = tweets.map(({ id, before }) => (before === undefined ? id : `${id}:${before}`));
  return names.length === 1 ? names[0]! : hash("sha1", names.join());
}
