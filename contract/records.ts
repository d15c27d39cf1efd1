import type { Location, Metadata, Notification, Viewer } from "./shapes.ts";

/*
 * The data that services exchange. A record holds ids where the public shape (shapes.ts) holds addresses. Gateways add
 * the addresses, because only they know the site's public address.
 */

/** The part of a list to read: ids older than `before` and newer than `after`, both exclusive, at most `limit`. */
export interface Range {
  before?: string | undefined;
  after?: string | undefined;
  /** 1 to 100 from clients; services may ask each other for more. */
  limit: number;
}

/** One page of a list. */
export interface Page<T> {
  items: T[];
  /** The `before` of the next page; null at the end of the list. */
  next: string | null;
}

/** Newest first (`desc`, as all pages are) or oldest first (`asc`, as sync is). */
export type Order = "desc" | "asc";

/** The session that a token belongs to. */
export interface Session {
  userId: string;
  /** The hash of the token: safe to log, useless to a thief. */
  sessionId: string;
}

/** How a password is turned into the bytes that are compared: the costs of Argon2id, and the account's own salt. */
export interface PasswordRecipe {
  /** KiB. */
  memoryCost: number;
  /** Passes. */
  timeCost: number;
  /** Lanes. */
  parallelism: number;
  /** Base64. */
  salt: string;
}

/** Where a login comes from. */
export interface LoginPlace {
  /** The hash of the browser's `device` cookie; null without one. */
  device: string | null;
  /** The client's network: an IPv4 address, or the first half of an IPv6 address. */
  address: string;
}

/** A user as lists show one. */
export interface UserRecord {
  id: string;
  username: string;
  displayName: string;
  /** The id of the medium that is the user's picture. */
  avatarId: string | null;
}

/** A user as lists of people show one. */
export interface PersonRecord extends UserRecord {
  bio: string;
  /** The caller's relation to this user; absent without a caller, and for the caller's own account. */
  viewer?: Viewer;
}

/** A user as a profile shows one. */
export interface ProfileRecord extends PersonRecord {
  tweetsCount: number;
  followersCount: number;
  followingCount: number;
}

/** A picture or video that is ready to be shown. */
export interface MediaRecord {
  id: string;
  type: "image" | "video";
  /** The MIME type of the file; absent for media stored before this field existed. */
  contentType?: string | undefined;
  width: number;
  height: number;
  alt: string | null;
  bytes: number;
  /** Seconds; absent for pictures, and for videos whose file does not say. */
  duration?: number | undefined;
  /** A tiny picture as a `data:` URL. */
  placeholder?: string | undefined;
}

/** A medium before its file is stored. */
export interface NewMedia extends Omit<MediaRecord, "id"> {
  contentType: string;
  previewBytes: number;
}

/** A medium to serve: the file is stored under its id, the preview (WebP) under {@link previewKey}. */
export interface MediaFile {
  id: string;
  contentType: string;
  bytes: number;
  previewBytes: number;
}

/** The place of a tweet in every list, and its author. */
export interface TweetEntry {
  id: string;
  authorId: string;
}

/** A tweet. */
export interface TweetRecord extends TweetEntry {
  key: string;
  text: string;
  media: MediaRecord[];
  location: Location | null;
  metadata: Metadata;
  /** Ids of the users whom the text mentions. */
  mentions: string[];
}

/**
 * A tweet as a list finds it: whole if the primary has answered. Otherwise only its place, because a lagging replica
 * may still hold tweets that were deleted.
 */
export interface FoundTweet extends TweetEntry {
  tweet?: TweetRecord;
}

/** A tweet with its author, ready for a gateway to add the addresses. */
export interface TweetView extends Omit<TweetRecord, "authorId" | "mentions"> {
  author: UserRecord;
}

/** A notification, ready for a gateway to add the addresses. Its id is the tweet's or the follow's. */
export interface NotificationRecord {
  id: string;
  kind: Notification["kind"];
  read: boolean;
  actor: UserRecord;
  tweet?: TweetView;
}

/** A follow: `id` is a Snowflake of the time at which the follow began. */
export interface FollowRecord {
  id: string;
  followerId: string;
  followeeId: string;
  /** Whether the followee's tweets notify the follower. */
  notify: boolean;
}

/** A browser's push subscription, keys in base64url (RFC 8291). */
export interface PushTarget {
  /** The URL of its push service. */
  endpoint: string;
  p256dh: string;
  auth: string;
}

/** An author with more followers than `FANOUT_LIMIT`, whose tweets are merged into feeds at read time. */
export interface BigAuthor {
  id: string;
  /** The time from which the author counts as big, in milliseconds since 1970; null until it is recorded. */
  since: number | null;
}

/** A page of users' ids. `next` is the place after which more follow; absent at the end. */
export interface Ids {
  ids: string[];
  next?: string | undefined;
}

/** The first of the followers that get an author's tweets. Those of a big author are not fanned out. */
export interface Audience extends Ids {
  big: BigAuthor | null;
}

/** The key under which a medium's preview is stored. */
export function previewKey(mediaId: string): string {
  return `${mediaId}.preview`;
}
