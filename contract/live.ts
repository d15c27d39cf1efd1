import { z } from "zod";
import { normalizeId } from "../lib/snowflake.ts";
import { Id, ID_PATTERN, Notification, NotificationPage, Tweet } from "./shapes.ts";

/*
 * What goes over live connections (socket.io), each shape once: the server checks requests with these schemas, its types
 * come from them, and so does the description at /asyncapi.json.
 */

/** The most profiles that one connection may watch. */
export const WATCHED_LIMIT = 100;
/** Requests of a connection that wait for their turn: a program may ask to watch all its 100 profiles at once. */
export const WAITING_LIMIT = 100;
/** The most connections of one user to a node: more than anybody has devices, yet few enough to bound the cost. */
export const CONNECTIONS_LIMIT = 100;
/** Connections without a login from one address: a school whose pupils read profiles. */
export const ANONYMOUS_LIMIT = 500;
/** The largest message of a client. */
export const MESSAGE_LIMIT_BYTES = 100_000;

const unread = {
  unread: NotificationPage.shape.unread,
  unreadGroups: NotificationPage.shape.unreadGroups,
};

/** What the server sends. Events without a payload have null here. */
export const LIVE_EVENTS = {
  tweet: {
    when:
      "Somebody whom the user follows, the user from another device, or the author of a watched profile has tweeted. " +
      "Sent once to each connection.",
    payload: Tweet,
  },
  "tweet:deleted": {
    when: "Such a tweet is gone.",
    payload: z.object({ id: Id.describe("the id of the tweet") }),
  },
  notification: {
    when: "The user has a new notification, as `GET /notifications` lists it. Sent to all connections of the user.",
    payload: Notification,
  },
  "notifications:read": {
    when: "The user has read notifications, perhaps on another device. Sent to all connections of the user.",
    payload: z.object({ upTo: Id.describe("everything up to this notification is read"), ...unread }),
  },
  "notification:deleted": {
    when: "What a notification told of is gone: a tweet was deleted, or somebody no longer follows.",
    payload: z.object({ id: Id.describe("the id of the notification"), ...unread }),
  },
  resync: {
    when: "The server may have missed something, or the user's follows have changed. Call `sync`.",
    payload: null,
  },
  reconnect: {
    when:
      "The server shuts down and is about to close the connection. Connect again after this time, counted from when it " +
      "has closed, so that not all clients come at once. Clients of socket.io also come back by themselves.",
    payload: z.object({ afterMs: z.int().min(0).describe("milliseconds") }),
  },
} as const satisfies Record<string, { when: string; payload: z.ZodType | null }>;

export type LiveEventName = keyof typeof LIVE_EVENTS;

/** The payload of an event; undefined for an event without one. */
export type LivePayload<N extends LiveEventName> = (typeof LIVE_EVENTS)[N]["payload"] extends infer P
  ? P extends z.ZodType
    ? z.infer<P>
    : undefined
  : never;

/** The events as socket.io types them. */
export type ServerEvents = {
  [N in LiveEventName]: undefined extends LivePayload<N> ? () => void : (payload: LivePayload<N>) => void;
};

const Profile = z.strictObject({ username: z.string().max(100).describe("the username, in any case") });
const Done = z.object({ ok: z.literal(true) });

/** What clients ask. The acknowledgement is the answer, or `{ error: Problem }`. */
export const LIVE_REQUESTS = {
  watch: {
    does: `Asks for the tweets of a profile. A connection can watch ${WATCHED_LIMIT}, also without a token.`,
    input: Profile,
    answer: Done,
  },
  unwatch: { does: "Ends what `watch` began.", input: Profile, answer: Done },
  sync: {
    does:
      "Reads the tweets of the feed that are newer than `after`, so that a client that was away misses none. It may " +
      "begin up to a minute before `after`, for tweets that were slow to be stored: drop those whose ids you have. " +
      "While `more` is true, ask again with the id of the last tweet. Needs a token.",
    input: z.strictObject({
      after: z
        .string()
        .refine((text) => normalizeId(text) !== null, "must be an id: a decimal number of at most 64 bits")
        .meta({ pattern: ID_PATTERN, description: "the id of the newest tweet that the client has" }),
    }),
    answer: z.object({ tweets: z.array(Tweet).describe("oldest first"), more: z.boolean() }),
  },
} as const satisfies Record<string, { does: string; input: z.ZodType; answer: z.ZodType }>;

export type LiveRequestName = keyof typeof LIVE_REQUESTS;
