import { expect } from "@jest/globals";

// The shapes of the public API, repeated here on purpose: the tests must notice when those of the product change.

export interface UserRef {
  id: string;
  username: string;
  displayName: string;
  avatarUrl: string | null;
}

interface ListedUser extends UserRef {
  bio: string;
  viewer?: { following: boolean; followedBy: boolean; notify: boolean };
}

export interface User extends ListedUser {
  createdAt: string;
  accountAge: number;
  tweetsCount: number;
  followersCount: number;
  followingCount: number;
}

export interface Tweet {
  id: string;
  key?: string;
  url: string;
  text: string;
  createdAt: string;
  author: UserRef;
  media: unknown[];
  location: { lat: number; lon: number; name?: string } | null;
  metadata: { client?: string; lang?: string };
}

export interface Notification {
  id: string;
  kind: "tweet" | "follow" | "mention";
  createdAt: string;
  read: boolean;
  group: string;
  actor: UserRef;
  tweet?: Tweet;
}

export interface Session {
  token: string;
  user: User;
}

export interface Problem {
  type: string;
  title: string;
  status: number;
  code: string;
  detail: string;
  errors?: { field: string; message: string }[];
}

export interface TweetsPage {
  tweets: Tweet[];
  next: string | null;
}

export interface ProfilePage extends TweetsPage {
  user: User;
}

export interface UsersPage {
  users: ListedUser[];
  next: string | null;
}

export interface NotificationsPage {
  notifications: Notification[];
  unread: number;
  unreadGroups: string[];
  next: string | null;
}

const ISO_MS_UTC = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
const ID = /^\d{1,19}$/;
const TWITTER_EPOCH = 1288834974657n;

/** @returns the time in a Snowflake id, as milliseconds since 1970 */
export function timeOfId(id: string): number {
  return Number((BigInt(id) >> 22n) + TWITTER_EPOCH);
}

/** Checks that a value is a UserRef of the public API. */
export function expectUserRef(value: UserRef): void {
  expect(value.id).toMatch(ID);
  expect(value.username).toMatch(/^[A-Za-z0-9_]{1,30}$/);
  expect(typeof value.displayName).toBe("string");
  expect(value.avatarUrl === null || typeof value.avatarUrl === "string").toBe(true);
  expect(JSON.stringify(value)).not.toMatch(/password|argon2|hash|token/i);
}

/** Checks that a value is a User of the public API. */
export function expectUser(value: User): void {
  expectUserRef(value);
  expect(typeof value.bio).toBe("string");
  expect(value.createdAt).toMatch(ISO_MS_UTC);
  for (const count of [value.accountAge, value.tweetsCount, value.followersCount, value.followingCount]) {
    expect(Number.isInteger(count) && count >= 0).toBe(true);
  }
}

/** Checks that a value is a Tweet of the public API, and that its id and time agree. */
export function expectTweet(value: Tweet): void {
  expect(value.id).toMatch(ID);
  expect(value.createdAt).toMatch(ISO_MS_UTC);
  expect(Date.parse(value.createdAt)).toBe(timeOfId(value.id));
  expect(new URL(value.url, "http://here.test").pathname).toBe(`/tweet/${value.id}`);
  expect(typeof value.text).toBe("string");
  expectUserRef(value.author);
  expect(Array.isArray(value.media)).toBe(true);
  expect(value.location === null || typeof value.location === "object").toBe(true);
  expect(value.metadata).toEqual(expect.any(Object));
}
