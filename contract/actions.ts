import type {
  Audience,
  BigAuthor,
  Ids,
  FollowRecord,
  FoundTweet,
  LoginPlace,
  MediaFile,
  MediaRecord,
  NewMedia,
  NotificationRecord,
  Order,
  Page,
  PasswordRecipe,
  PersonRecord,
  ProfileRecord,
  PushTarget,
  Range,
  Session,
  TweetEntry,
  TweetRecord,
  TweetView,
  UserRecord,
} from "./records.ts";
import type { NotifyJob } from "./events.ts";
import type { Location, Metadata, SessionInfo, Viewer } from "./shapes.ts";

/** With `fresh`, only the primary may answer; the read fails while there is no primary. */
interface Fresh {
  fresh?: boolean | undefined;
}

/** With `lasting`, the result has only what no election can undo; see ReadOptions of the collections. */
interface Lasting extends Fresh {
  lasting?: boolean | undefined;
}

/** What a user has not read. */
export interface Unread {
  /** The number of notifications, at most 100. */
  unread: number;
  /** Their groups, at most 100. */
  unreadGroups: string[];
}

/** Every action: its parameters and its result. Services call each other only through `call` (call.ts). */
export interface Actions {
  /** Throws InvalidError, ConflictError when nobody can sign up with this name. */
  "users.checkUsername": { params: { username: string }; result: void };
  /**
   * Gateways hash passwords and tokens, so that neither travels between nodes. `passwordHash` is a PHC string, and
   * `sessionId` the hash of the new session's token.
   */
  "users.signup": {
    params: {
      username: string;
      passwordHash: string;
      displayName?: string | undefined;
      sessionId: string;
      userAgent?: string | undefined;
      place: LoginPlace;
    };
    result: ProfileRecord;
  };
  /**
   * The recipe of an account's password, null for an unknown name; and whether this account has logged in before from
   * this browser, and from this network.
   */
  "users.beginLogin": {
    params: { username: string; place: LoginPlace };
    result: { recipe: PasswordRecipe | null; knows: { device: boolean; address: boolean } };
  };
  /**
   * Opens a session when one of `derived` is what the account's recipe makes of its password. The first is made of the
   * password's NFC form. Throws UnauthorizedError.
   */
  "users.login": {
    params: {
      username: string;
      derived: string[];
      sessionId: string;
      userAgent?: string | undefined;
      place: LoginPlace;
    };
    result: ProfileRecord;
  };
  "users.logout": { params: { sessionId: string }; result: void };
  "users.logoutAll": { params: { userId: string }; result: void };
  "users.sessions": {
    params: { userId: string; sessionId: string };
    result: Omit<SessionInfo, "browser" | "system">[];
  };
  "users.endSession": { params: { userId: string; id: string }; result: void };
  /** The recipe of a user's own password. Throws NotFoundError. */
  "users.passwordRecipe": { params: { userId: string }; result: PasswordRecipe };
  /** `derived` is made of the current password, as for `users.login`. Throws ForbiddenError. */
  "users.changePassword": {
    params: { userId: string; sessionId: string; derived: string[]; passwordHash: string };
    result: void;
  };
  /** The session with this id, the hash of its token; null when there is none. */
  "users.authenticate": { params: { sessionId: string }; result: Session | null };
  /** The subset of these sessions that has not ended. */
  "users.liveSessions": { params: { sessionIds: string[] }; result: string[] };
  /** Users by id, in the order asked; null for those that don't exist. `fresh` skips the cache. */
  "users.refs": { params: { ids: string[] } & Fresh; result: (UserRecord | null)[] };
  /** The user with this name, ignoring case. Throws NotFoundError. */
  "users.byUsername": { params: { username: string }; result: UserRecord };
  /** The ids of the users with these names, in no order; unknown names are left out. */
  "users.idsByUsernames": { params: { usernames: string[] }; result: string[] };
  /** Users as lists show them, in the order asked; null for those that don't exist. */
  "users.people": { params: { ids: string[]; viewerId?: string | undefined }; result: (PersonRecord | null)[] };
  /** The users whose display names or usernames match what was typed, best first; see `lib/names.ts`. */
  "users.search": {
    params: { query: string; limit: number; viewerId?: string | undefined };
    result: PersonRecord[];
  };
  "users.view": { params: { id: string; viewerId?: string | undefined }; result: ProfileRecord };
  "users.update": {
    params: {
      id: string;
      displayName?: string | undefined;
      bio?: string | undefined;
      avatar?: string | null | undefined;
    };
    result: ProfileRecord;
  };

  "graph.follow": { params: { followerId: string; followeeId: string; notify?: boolean | undefined }; result: void };
  "graph.unfollow": { params: { followerId: string; followeeId: string }; result: void };
  /** Every follow of a user. */
  "graph.following": { params: { userId: string } & Lasting; result: FollowRecord[] };
  /** The ids of all users that a user follows. */
  "graph.followeeIds": { params: { userId: string } & Lasting; result: string[] };
  "graph.followersPage": { params: { userId: string } & Fresh & Range; result: FollowRecord[] };
  /** For each author, in the order asked, the first followers that get the author's tweets; from the primary. */
  "graph.audiences": { params: { authorIds: string[] }; result: Audience[] };
  /** More followers of an author. @param before `next` of the page before */
  "graph.followerIds": { params: { userId: string; before: string }; result: Ids };
  /** The followers whom a user's tweets notify, newest follows first; from the primary. */
  "graph.notifiedPage": { params: { userId: string; before: string; limit: number }; result: Ids };
  /** One page of a user's followers, with the user. Throws NotFoundError. */
  "graph.listFollowers": {
    params: { username: string; viewerId?: string | undefined } & Range;
    result: { user: UserRecord; page: Page<PersonRecord> };
  };
  /** The same for the users that a user follows. */
  "graph.listFollowing": {
    params: { username: string; viewerId?: string | undefined } & Range;
    result: { user: UserRecord; page: Page<PersonRecord> };
  };
  "graph.counts": { params: { userId: string }; result: { followers: number; following: number } };
  "graph.relation": { params: { viewerId: string; userId: string }; result: Viewer };
  /** The viewer's relations to these users, in the order asked. */
  "graph.relations": { params: { viewerId: string; userIds: string[] }; result: Viewer[] };
  /** Users who tweeted lately, without the caller and the users that the caller follows. */
  "graph.suggestions": { params: { userId?: string | undefined; limit: number }; result: PersonRecord[] };
  /** The authors with more followers than `FANOUT_LIMIT`. Once big, always big. */
  "graph.bigAuthors": { params: Record<string, never>; result: BigAuthor[] };

  "tweets.create": {
    params: {
      authorId: string;
      /** The author's own name for this tweet: one key makes one tweet, however often the call is repeated. */
      key: string;
      text: string;
      media?: string[] | undefined;
      location?: Location | null | undefined;
      metadata?: Metadata | undefined;
    };
    /** `created` is false when a tweet with this key existed already. */
    result: { tweet: TweetView; created: boolean };
  };
  "tweets.remove": { params: { idOrKey: string; userId: string }; result: void };
  /** One tweet by its id or its key. Throws NotFoundError. */
  "tweets.get": { params: { idOrKey: string }; result: TweetRecord };
  /** Many tweets in one call, in the order asked; null for those that are gone. `fresh` skips the cache. */
  "tweets.getMany": { params: { ids: string[] } & Fresh; result: (TweetRecord | null)[] };
  /** The tweets of these authors, in `order`. */
  "tweets.byAuthors": { params: { authorIds: string[]; order: Order } & Fresh & Range; result: FoundTweet[] };
  /** The same without the tweets' content, for callers that need only ids and authors. */
  "tweets.entriesByAuthors": { params: { authorIds: string[]; order: Order } & Fresh & Range; result: TweetEntry[] };
  /** The tweets that mention this user, newest first. */
  "tweets.mentioning": { params: { userId: string } & Range; result: FoundTweet[] };
  "tweets.entriesMentioning": { params: { userId: string } & Range; result: TweetEntry[] };
  /** The authors of the latest tweets, each once, the latest first. */
  "tweets.recentAuthors": { params: Record<string, never>; result: string[] };
  "tweets.count": { params: { authorId: string }; result: number };
  /** The tweets that are not delivered yet, oldest first; `more` when there are too many to list. */
  "tweets.undelivered": { params: Record<string, never>; result: { entries: TweetEntry[]; more: boolean } };
  /** Records that these tweets are delivered, and that the notification walks of some of them have ended. */
  "tweets.delivered": { params: { ids: string[]; notified: string[] }; result: void };
  /** Records that the notification walks of these tweets have ended. */
  "tweets.notified": { params: { ids: string[] }; result: void };
  /**
   * Records the progress of a notification walk: followers whose follow is older than `before` are still to be
   * notified.
   */
  "tweets.notifying": { params: { id: string; before: string }; result: void };

  "timeline.home": { params: { userId: string } & Range; result: Page<TweetView> };
  "timeline.profile": {
    params: { username?: string | undefined; userId?: string | undefined; viewerId?: string | undefined } & Range;
    result: { user: ProfileRecord; page: Page<TweetView> };
  };
  "timeline.tweet": { params: { idOrKey: string }; result: TweetView };
  /** The home timeline's tweets newer than `after` (with overlap), oldest first, and about how many bytes they are. */
  "timeline.sync": {
    params: { userId: string; after: string };
    result: { tweets: TweetView[]; bytes: number; more: boolean };
  };
  /** Drops a user's cached home timeline, because the user's follows have changed. */
  "timeline.forget": { params: { userId: string }; result: void };

  "notifier.list": {
    params: { userId: string; kind?: "mention" | undefined } & Range;
    result: { page: Page<NotificationRecord> } & Unread;
  };
  /** Begins to push these tweets to absent users. Returns the ids of those for which there is nothing to do. */
  "notifier.begin": { params: { tweets: NotifyJob[] }; result: string[] };
  "notifier.read": { params: { userId: string; upTo: string }; result: void };
  /** Up to which notification a user has read, and what is newer. */
  "notifier.unread": { params: { userId: string }; result: { upTo: string } & Unread };
  /**
   * The public VAPID key, in base64url: a browser subscribes with it, so that only this site can push to the browser.
   */
  "notifier.pushKey": { params: Record<string, never>; result: { publicKey: string } };
  /** Subscribes a browser to pushes until its session ends. Throws InvalidError. */
  "notifier.subscribe": { params: { session: Session; target: PushTarget }; result: void };
  "notifier.unsubscribe": { params: { userId: string; endpoint: string }; result: void };

  /** Throws RefusedError when the owner's quota has no room for these bytes. */
  "media.room": { params: { ownerId: string; bytes: number }; result: void };
  /** Reserves an upload's bytes within the owner's quota, before its file is stored. Throws RefusedError. */
  "media.begin": { params: { ownerId: string } & NewMedia; result: { id: string } };
  /** Makes an upload available once its file is stored. Throws NotFoundError. */
  "media.finish": { params: { id: string }; result: MediaRecord };
  /** Changes the alt text of a medium that nothing uses yet. Throws NotFoundError, ConflictError. */
  "media.describe": { params: { id: string; ownerId: string; alt: string | null }; result: MediaRecord };
  /** Removes an upload whose file could not be stored. */
  "media.abandon": { params: { id: string }; result: void };
  /**
   * Records that a tweet or a profile uses these media of the owner, so that they are kept, and anyone may fetch them.
   * Throws InvalidError for `field` when one of the media does not exist, belongs to another user or is not of `type`.
   */
  "media.use": {
    params: { ids: string[]; ownerId: string; by: MediaUser; field: string; type?: MediaRecord["type"] | undefined };
    result: MediaRecord[];
  };
  /**
   * Drops all uses of media by `by`, except that of the medium `except`. Media without other uses are deleted now; with
   * `keep`, a sweep deletes them once they are older than `MEDIA_UNUSED_TTL`.
   */
  "media.release": {
    params: { by: MediaUser; except?: string | undefined; keep?: boolean | undefined };
    result: void;
  };
  /** A medium that a tweet or a profile uses: anyone may fetch its file. Null for all others. */
  "media.file": { params: { id: string }; result: MediaFile | null };
  /** An upload for its owner, who alone may fetch it while nothing uses it. Throws NotFoundError. */
  "media.ownFile": { params: { id: string; ownerId: string }; result: MediaFile };
  /** On one node: makes it forget its copies of values that have changed. */
  "leases.forget": { params: { kind: CopiedKind; keys: string[] }; result: void };
}

/** What nodes keep copies of: sessions by the hash of their token, tweets and users by their id. */
export type CopiedKind = "sessions" | "tweets" | "users";

/** The tweet or the profile (by its user's id) that uses a medium. */
export type MediaUser = { tweetId: string } | { profileId: string };
