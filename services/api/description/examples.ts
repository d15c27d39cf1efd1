import { groupOf } from "../../../contract/notices.ts";
import type { Media, Notification, Person, SessionInfo, Tweet, User, UserRef } from "../../../contract/shapes.ts";

/*
 * The examples of the description: Ada, who is the caller, and Grace, whom she follows. A test makes all of these
 * requests, in turn, and compares the shapes of the answers.
 */

const ORIGIN = "https://starling.example";

/** A session's token. No account has it. */
export const TOKEN = "b1Zr5sRl0cXWm8q2fJ3yTn7uKpDhVgA4eQxCo6LwI9M";
export const PASSWORD = "a long sentence";
/** The keys that Ada and Grace chose for their tweets. */
export const KEY = "good-morning-1";
export const DEVICE = "f3b0c1d2e4a59687";
export const PICTURE_ID = "2034917778518970368";
export const NOTIFICATION_ID = "2034937995064250368";

const ADA: UserRef = { id: "2018617958200250368", username: "ada", displayName: "Ada", avatarUrl: null };
const GRACE: UserRef = { id: "2018021528171454464", username: "grace", displayName: "Grace", avatarUrl: null };

/** Ada's profile, as she sees it herself. */
export const OWN_PROFILE: User = {
  ...ADA,
  bio: "Poetical science",
  createdAt: "2026-02-03T09:30:00.000Z",
  accountAge: 45,
  tweetsCount: 1,
  followersCount: 1,
  followingCount: 1,
};

/** Grace's profile, as everybody sees it. */
const PROFILE: User = {
  ...GRACE,
  bio: "Ships and compilers",
  createdAt: "2026-02-01T18:00:00.000Z",
  accountAge: 46,
  tweetsCount: 1,
  followersCount: 1,
  followingCount: 1,
};

export const FOLLOWED: User = { ...PROFILE, viewer: { following: true, followedBy: true, notify: true } };
export const NOT_FOLLOWED: User = {
  ...PROFILE,
  followersCount: 0,
  viewer: { following: false, followedBy: true, notify: false },
};

export const PICTURE: Media = {
  id: PICTURE_ID,
  type: "image",
  contentType: "image/png",
  url: `${ORIGIN}/media/${PICTURE_ID}`,
  previewUrl: `${ORIGIN}/media/${PICTURE_ID}/preview`,
  width: 1170,
  height: 2532,
  alt: "A phone that shows a feed",
  bytes: 190_482,
  placeholder: "data:image/webp;base64,UklGRhoAAABXRUJQVlA4TA0AAAAvAAAAEAcQERGIiP4HAA==",
};

export const TWEET: Tweet = {
  id: "2034906664129269760",
  key: KEY,
  url: `${ORIGIN}/tweet/2034906664129269760`,
  text: "Good morning, @grace!",
  createdAt: "2026-03-20T08:15:30.123Z",
  author: ADA,
  media: [],
  location: null,
  metadata: { client: "example", lang: "en" },
};

export const TWEET_WITH_PICTURE: Tweet = {
  id: "2034917862405050368",
  key: "kq5vW1xZQ0m3sYtB7fJhVg",
  url: `${ORIGIN}/tweet/2034917862405050368`,
  text: "Look at this",
  createdAt: "2026-03-20T09:00:00.000Z",
  author: ADA,
  media: [PICTURE],
  location: { lat: 58.9, lon: 13.2, name: "Lake Vänern" },
  metadata: {},
};

export const TWEETS = { tweets: [TWEET_WITH_PICTURE, TWEET], next: `/feed?limit=10&before=${TWEET.id}` };

/** What Ada gets with her own profile. */
export const OWN_PAGE = { user: OWN_PROFILE, tweets: TWEETS.tweets, next: null };

export const FOLLOW_NOTICE: Notification = {
  id: NOTIFICATION_ID,
  kind: "follow",
  createdAt: "2026-03-20T10:20:00.000Z",
  read: false,
  group: groupOf({ id: NOTIFICATION_ID, kind: "follow" }),
  actor: GRACE,
};

const FOLLOWED_PERSON: Person = {
  ...GRACE,
  bio: PROFILE.bio,
  viewer: { following: true, followedBy: true, notify: true },
};

export const PEOPLE = { users: [FOLLOWED_PERSON] };
/** Ada herself: people have no relation to themselves. */
export const USERS = { users: [{ ...ADA, bio: OWN_PROFILE.bio }], next: null };

export const SESSION: SessionInfo = {
  id: DEVICE,
  createdAt: "2026-03-19T20:11:05.000Z",
  lastSeenAt: "2026-03-20T08:15:00.000Z",
  userAgent:
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Safari/605.1.15",
  browser: "Safari",
  system: "macOS",
  address: "192.0.2.7",
  current: false,
};
