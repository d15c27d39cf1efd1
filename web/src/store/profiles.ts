import { signal, type Signal } from "@preact/signals";
import { api } from "../api/api.ts";
import { explain } from "../api/request.ts";
import type { User, UserRef } from "../api/shapes.ts";
import { homeList } from "./home.ts";
import { createTweetList, type TweetList } from "./lists.ts";
import { say } from "./messages.ts";
import { keepRelations, relationTo } from "./relations.ts";
import { inbox } from "./notifications.ts";
import { me, onAccountChange, patchMe } from "./session.ts";
import { renameAuthor } from "./tweets.ts";

/** A user whose profile was opened, and their tweets. */
export interface Profile {
  readonly user: Signal<User | null>;
  readonly list: TweetList;
}

/** The most profiles that are kept for going back. The oldest are dropped first. */
const MOST_PROFILES = 20;
const profiles = new Map<string, Profile>();

/** One profile for each username, in any case. Creates an empty one at the first call. */
export function profileOf(username: string): Profile {
  const key = username.toLowerCase();
  const known = profiles.get(key);
  if (known) return known;
  const user = signal<User | null>(null);
  const list = createTweetList(`/user/${encodeURIComponent(username)}`, (found) => {
    user.value = found;
    keepRelations([found]);
    if (found.id === me.value?.id) me.value = found;
  });
  const profile = { user, list };
  profiles.set(key, profile);
  for (const [oldest, { list: unused }] of profiles) {
    if (profiles.size <= MOST_PROFILES) break;
    unused.dispose();
    profiles.delete(oldest);
  }
  return profile;
}

/** The profile with this username, if it was opened. */
export function knownProfile(username: string): Profile | undefined {
  return profiles.get(username.toLowerCase());
}

/** Applies the server's newest data about a user wherever that user is shown. */
export function showUser(user: User): void {
  const profile = knownProfile(user.username);
  if (profile) profile.user.value = user;
  if (user.viewer?.notify === false) inbox.dropTweetsOf(user.id);
  keepRelations([user]);
  if (user.id !== me.value?.id) return;
  me.value = user;
  const { id, username, displayName, avatarUrl } = user;
  renameAuthor({ id, username, displayName, avatarUrl });
}

/** Adds to the number of tweets on a user's profile. @param by 1 or -1 */
export function countTweets(username: string, by: number): void {
  const counted = (user: User) => ({ ...user, tweetsCount: Math.max(0, user.tweetsCount + by) });
  const profile = knownProfile(username);
  if (profile?.user.value) profile.user.value = counted(profile.user.value);
  if (me.value?.username === username) me.value = counted(me.value);
}

/**
 * Follows a user, or changes whether their tweets notify. After a new follow the home timeline is read again, since it
 * now has their tweets.
 *
 * @throws ApiError, NetworkError
 */
export async function follow(user: UserRef & Pick<User, "viewer">, notify?: boolean): Promise<void> {
  const before = relationTo(user)?.following === true;
  showUser(await api.follow(user.username, notify));
  if (before) return;
  patchMe({ followingCount: (me.value?.followingCount ?? 0) + 1 });
  await homeList().refresh();
}

let wanted: UserRef | null = null;

/** Remembers the user that a visitor wants to follow, until the visitor has an account. */
export function followLater(user: UserRef): void {
  wanted = user;
}

/** Follows the user from {@link followLater}. @returns that user, or null if there is none. @throws ApiError, NetworkError */
export async function followWanted(): Promise<UserRef | null> {
  const user = wanted;
  wanted = null;
  if (!user || user.id === me.value?.id) return null;
  await follow(user);
  return user;
}

/** Unfollows a user, and offers to undo it. @throws ApiError, NetworkError */
export async function unfollow(user: UserRef & Pick<User, "viewer">): Promise<void> {
  const { notify } = relationTo(user) ?? {};
  showUser(await api.unfollow(user.username));
  patchMe({ followingCount: Math.max(0, (me.value?.followingCount ?? 1) - 1) });
  homeList().remove((tweet) => tweet.author.id === user.id);
  say(`You no longer follow ${user.displayName}.`, "done", () => {
    follow(user, notify).catch((error: unknown) => say(explain(error), "failed"));
  });
}

// `viewer` depends on the account.
onAccountChange(() => {
  for (const { list } of profiles.values()) list.dispose();
  profiles.clear();
});
