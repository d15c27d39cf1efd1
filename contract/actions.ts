import type { ActionHandler, Context } from "moleculer";
import type {
  Location,
  Media,
  Metadata,
  NotificationPage,
  ProfilePage,
  SessionInfo,
  SignedIn,
  Tweet,
  TweetPage,
  User,
  UserPage,
  UserRef,
} from "./shapes.ts";

/** Which part of a list: ids older than `before` and newer than `after`, both exclusive, at most `limit` of them. */
export interface Range {
  before?: string | undefined;
  after?: string | undefined;
  /** 1 to 100 from outside; services may ask for more. */
  limit: number;
}

/** Newest first (`desc`, the way of every page) or oldest first (`asc`, the way of sync). */
export type Order = "desc" | "asc";

/** Who is asking, as found by its token. */
export interface Session {
  userId: string;
  /** The hash of the token: safe to log, of no use to a thief. */
  sessionId: string;
}

/** Where a tweet stands in every list: its id and whose it is. */
export interface TweetEntry {
  id: string;
  authorId: string;
}

/** A tweet as the tweets service gives it to other services: all but its author's name and face. */
export interface TweetRecord extends TweetEntry {
  key: string;
  text: string;
  media: Media[];
  location: Location | null;
  metadata: Metadata;
  /** Ids of the users whom its text names. */
  mentions: string[];
}

/** What is known of an upload before it is stored. */
export interface NewMedia {
  type: "image" | "video";
  contentType: string;
  width: number;
  height: number;
  alt: string | null;
  bytes: number;
  previewBytes: number;
  duration?: number | undefined;
  placeholder?: string | undefined;
}

/** A medium to serve: its file is stored under its id, its preview (WebP) under {@link previewKey}. */
export interface MediaFile {
  id: string;
  contentType: string;
  bytes: number;
  previewBytes: number;
}

/** A follow: `id` is a Snowflake of the time at which it began. */
export interface FollowRecord {
  id: string;
  followerId: string;
  followeeId: string;
  /** Whether the followee's tweets notify the follower. */
  notify: boolean;
}

/** Where a browser is reached: what it gives to a page that subscribes, its keys in base64url (RFC 8291). */
export interface PushTarget {
  /** The URL of its push service. */
  endpoint: string;
  p256dh: string;
  auth: string;
}

/** An author whose tweets are merged in at read, and since when (milliseconds since 1970). */
export interface BigAuthor {
  id: string;
  /** Null while that is being written down. */
  since: number | null;
}

/** Every action: what goes in and what comes out. Services call each other through {@link call} alone. */
export interface Actions {
  "users.signup": {
    params: { username: string; password: string; displayName?: string | undefined; userAgent?: string | undefined };
    result: SignedIn;
  };
  "users.login": { params: { username: string; password: string; userAgent?: string | undefined }; result: SignedIn };
  "users.logout": { params: { sessionId: string }; result: void };
  "users.logoutAll": { params: { userId: string }; result: void };
  "users.sessions": { params: { userId: string; sessionId: string }; result: SessionInfo[] };
  "users.endSession": { params: { userId: string; id: string }; result: void };
  "users.changePassword": {
    params: { userId: string; sessionId: string; current: string; password: string };
    result: void;
  };
  /** Who a token belongs to, null when it is no live token. */
  "users.authenticate": { params: { token: string }; result: Session | null };
  /** Which of these sessions are not ended. */
  "users.liveSessions": { params: { sessionIds: string[] }; result: string[] };
  /** A page's worth of authors; null for those that are not there. `fresh`: past the cache, from the primary. */
  "users.refs": { params: { ids: string[]; fresh?: boolean | undefined }; result: (UserRef | null)[] };
  /** The user of that name, whatever the case; throws NotFoundError. */
  "users.byUsername": { params: { username: string }; result: UserRef };
  /** The ids behind these names, without those that nobody has. */
  "users.idsByUsernames": { params: { usernames: string[] }; result: string[] };
  /** Whose usernames begin so, whatever the case, in the order of their names. */
  "users.search": { params: { prefix: string; limit: number }; result: UserRef[] };
  "users.view": { params: { id: string; viewerId?: string | undefined }; result: User };
  "users.update": {
    params: {
      id: string;
      displayName?: string | undefined;
      bio?: string | undefined;
      avatar?: string | null | undefined;
    };
    result: User;
  };

  "graph.follow": { params: { followerId: string; followeeId: string; notify?: boolean | undefined }; result: void };
  "graph.unfollow": { params: { followerId: string; followeeId: string }; result: void };
  /** Everyone the user follows. `fresh`: from the primary, or not at all. */
  "graph.following": { params: { userId: string; fresh?: boolean | undefined }; result: FollowRecord[] };
  "graph.followingPage": { params: { userId: string } & Range; result: FollowRecord[] };
  /** `fresh`: from the primary, or not at all. */
  "graph.followersPage": {
    params: { userId: string; fresh?: boolean | undefined } & Range;
    result: FollowRecord[];
  };
  /** The follows of those whom this user's tweets notify, by when they began, newest first; from the primary. */
  "graph.notifiedPage": { params: { userId: string; before: string; limit: number }; result: FollowRecord[] };
  "graph.counts": { params: { userId: string }; result: { followers: number; following: number } };
  "graph.relation": {
    params: { viewerId: string; userId: string };
    result: { following: boolean; followedBy: boolean; notify: boolean };
  };
  /** Whom somebody might like to follow: who tweets at the moment, without themselves and those they follow. */
  "graph.suggestions": { params: { userId?: string | undefined; limit: number }; result: UserRef[] };
  "graph.followersCount": { params: { userId: string; after: string }; result: number };
  /** Whether the author has more followers than are fanned out to, and since when. Once big, always big. */
  "graph.bigAuthor": { params: { userId: string }; result: BigAuthor | null };
  "graph.bigAuthors": { params: Record<string, never>; result: BigAuthor[] };

  "tweets.create": {
    params: {
      authorId: string;
      /** The author's own name for this tweet: under one key there is one tweet, however often it is sent. */
      key: string;
      text: string;
      media?: string[] | undefined;
      location?: Location | null | undefined;
      metadata?: Metadata | undefined;
    };
    /** `created` is false when this key's tweet was there already. */
    result: { tweet: Tweet; created: boolean };
  };
  "tweets.remove": { params: { idOrKey: string; userId: string }; result: void };
  /** One tweet by its id or its key; throws NotFoundError. */
  "tweets.get": { params: { idOrKey: string }; result: TweetRecord };
  /** Many tweets in one call, in the order asked; null for those that are gone. `fresh`: as in `users.refs`. */
  "tweets.getMany": { params: { ids: string[]; fresh?: boolean | undefined }; result: (TweetRecord | null)[] };
  /** What these authors have tweeted, in `order`, without hydration. `fresh`: from the primary, or not at all. */
  "tweets.byAuthors": {
    params: { authorIds: string[]; order: Order; fresh?: boolean | undefined } & Range;
    result: TweetEntry[];
  };
  /** The tweets that name this user. */
  "tweets.mentioning": { params: { userId: string } & Range; result: TweetEntry[] };
  /** Who has tweeted last, each once, the latest first: some, for people to find others. */
  "tweets.recentAuthors": { params: Record<string, never>; result: string[] };
  "tweets.count": { params: { authorId: string }; result: number };
  /** The tweets whose fan-out is not through yet, oldest first; `more` when there are too many to list. */
  "tweets.undelivered": { params: Record<string, never>; result: { entries: TweetEntry[]; more: boolean } };
  /** The fan-out of these tweets is through. */
  "tweets.delivered": { params: { ids: string[] }; result: void };
  /** Everybody was told of these tweets. */
  "tweets.notified": { params: { ids: string[] }; result: void };
  /** Everybody who followed at `before` or later was told; the others are still being told. */
  "tweets.notifying": { params: { id: string; before: string }; result: void };

  "timeline.home": { params: { userId: string } & Range; result: TweetPage };
  "timeline.profile": {
    params: { username?: string | undefined; userId?: string | undefined; viewerId?: string | undefined } & Range;
    result: ProfilePage;
  };
  "timeline.tweet": { params: { idOrKey: string }; result: Tweet };
  /** The home timeline's tweets newer than `after` (with overlap), oldest first. */
  "timeline.sync": { params: { userId: string; after: string }; result: { tweets: Tweet[]; more: boolean } };

  /** Takes the user's cached home timeline away: whom they follow is another now. */
  "timeline.forget": { params: { userId: string }; result: void };

  "notifier.list": { params: { userId: string } & Range; result: NotificationPage };
  "notifier.read": { params: { userId: string; upTo: string }; result: void };
  /** By which a browser knows that a push comes from here: base64url. */
  "notifier.pushKey": { params: Record<string, never>; result: { publicKey: string } };
  /** Has a browser told from now on, until its session ends. Throws InvalidError. */
  "notifier.subscribe": { params: { session: Session; target: PushTarget }; result: void };
  "notifier.unsubscribe": { params: { userId: string; endpoint: string }; result: void };

  /** Takes a place for an upload, within its owner's quota, before its bytes are stored. */
  "media.begin": { params: { ownerId: string } & NewMedia; result: { id: string } };
  /** The bytes are stored: from now on it is there. Media everywhere have paths; {@link presentMedia} makes them URLs. */
  "media.finish": { params: { id: string }; result: Media };
  /** Changes the alt text of a medium that nothing uses yet. Throws NotFoundError, ConflictError. */
  "media.describe": { params: { id: string; ownerId: string; alt: string | null }; result: Media };
  /** The bytes could not be stored. */
  "media.abandon": { params: { id: string }; result: void };
  /**
   * Notes that a tweet, or an avatar, uses these media of the owner's, so that they stay. `by` names the user of them:
   * see `services/media/uses.ts`. Throws InvalidError for `field` when one is not there or another's.
   */
  "media.use": { params: { ids: string[]; ownerId: string; by: string; field: string }; result: Media[] };
  /** Whoever is named uses no media any more, or only `except`. What nobody uses then goes, `keep`: after a day. */
  "media.release": { params: { by: string; except?: string | undefined; keep?: boolean | undefined }; result: void };
  /** Throws NotFoundError. */
  "media.file": { params: { id: string }; result: MediaFile };

  "graph.followers": { params: { username: string } & Range; result: UserPage };
  "graph.followees": { params: { username: string } & Range; result: UserPage };
}

export type ActionName = keyof Actions;
export type Params<N extends ActionName> = Actions[N]["params"];
export type Result<N extends ActionName> = Actions[N]["result"];

/** What may not be done twice for one request; everything else may be called again when no answer came. */
const ONCE: ReadonlySet<ActionName> = new Set<ActionName>([
  "users.signup",
  "users.login",
  "users.changePassword",
  "users.endSession",
  "tweets.remove",
  "media.begin",
  "media.finish",
]);

/** Whether calling the action a second time leaves everything as the first call did, and answers the same. */
export function isRepeatable(name: string): boolean {
  return !ONCE.has(name as ActionName);
}

/** Whatever can call an action: a context, or a broker. */
export interface Caller {
  call(name: string, params: never, options?: never): Promise<unknown>;
}

/** Calls an action with its types: the only way in which services talk to each other. */
export function call<N extends ActionName>(caller: Caller, name: N, params: Params<N>): Promise<Result<N>> {
  return caller.call(name, params as never) as Promise<Result<N>>;
}

/** The handlers of a service's actions, typed by the map: `handlers<"users.signup" | …>`. */
export type Handler<N extends ActionName> = (ctx: Context<Params<N>>) => Promise<Result<N>>;

/** The short names of one service's actions. */
type ShortName<S extends string> = ActionName extends infer N
  ? N extends `${S}.${infer Short}`
    ? Short
    : never
  : never;

/** The handlers of all actions of one service, each typed by the map. */
export type ServiceHandlers<S extends string> = {
  [Short in ShortName<S>]: `${S}.${Short}` extends infer N extends ActionName ? Handler<N> : never;
};

/** A service's actions for Moleculer's schema: all that the map names, and no other. */
export function actionsOf<S extends string>(
  _service: S,
  handlers: ServiceHandlers<NoInfer<S>>,
): Record<string, ActionHandler> {
  return handlers as Record<string, ActionHandler>;
}
