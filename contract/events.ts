import type { ServiceBroker } from "moleculer";
import type { FollowRecord, TweetEntry } from "./actions.ts";
import type { Tweet, UserRef } from "./shapes.ts";

/**
 * Best-effort messages to every node, by name. Who misses one must be able to live without it: caches end, clients
 * sync, the outbox is swept.
 */
export interface Events {
  "tweet.created": { tweet: Tweet; mentions: string[] };
  "tweet.deleted": { id: string; authorId: string };
  "tweet.delivered": { ids: string[] };
  "follow.created": { follow: FollowRecord; follower: UserRef };
  /** Whom somebody follows, or whose tweets notify them, may be others now. */
  "follows.changed": { followerId: string };
  /** Tokens that are dead from now on, by the hash that names them. */
  "sessions.ended": { sessionIds: string[] };
  "user.updated": { id: string };
  /** For the node named: the sender did not see it for a while and sent it nothing. */
  "node.missed": { nodeId: string };
}

export type EventName = keyof Events;

/** Sends an event to every node, this one included. */
export function broadcast<N extends EventName>(broker: ServiceBroker, name: N, payload: Events[N]): void {
  void broker.broadcast(name, payload);
}

/** A part of telling those who are away of a tweet. */
export interface NotifyJob extends TweetEntry {
  mentions: string[];
  /** Those who began to follow before then (a follow's id) are still to be told; absent: all. */
  before?: string | undefined;
  /** When it was last written down how far this is, in milliseconds since 1970; absent: never. */
  savedAt?: number | undefined;
}

/** Messages that must arrive, by the name of their durable channel. */
export interface Jobs {
  /** A tweet waits for its fan-out. */
  "tweet.created": TweetEntry;
  /** Those who are away wait to be told of a tweet. */
  "tweet.notify": NotifyJob;
  /** Somebody who is away, it may be, waits to be told of a follower. */
  "follow.notify": FollowRecord;
}

export type JobName = keyof Jobs;

/** A service's event handlers for Moleculer's schema, typed by the map. */
export function eventsOf(handlers: { [N in EventName]?: (payload: Events[N]) => void | Promise<void> }) {
  return Object.fromEntries(
    Object.entries(handlers).map(([name, handle]) => [
      name,
      (ctx: { params: unknown }) => (handle as (payload: unknown) => void | Promise<void>)(ctx.params),
    ]),
  );
}
