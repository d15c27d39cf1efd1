import type { User, UserRef } from "../api/shapes.ts";
import { api } from "../api/api.ts";
import { homeList } from "./home.ts";
import { createTweetList, type TweetList } from "./lists.ts";
import { me, patchMe } from "./session.ts";
import { signal, type Signal } from "./signal.ts";
import { renameAuthor } from "./tweets.ts";

/** A profile that was opened: the person, and their tweets. */
export interface Profile {
  readonly user: Signal<User | null>;
  readonly list: TweetList;
}

/** Profiles kept for going back. */
const MOST_KEPT = 20;
const profiles = new Map<string, Profile>();

/** The profile of that name, whatever its case: one copy of each. */
export function profileOf(username: string): Profile {
  const key = username.toLowerCase();
  const known = profiles.get(key);
  if (known) return known;
  const user = signal<User | null>(null);
  const list = createTweetList(`/user/${encodeURIComponent(username)}`, (found) => {
    user.set(found);
    if (found.id === me.value?.id) me.set(found);
  });
  const profile = { user, list };
  profiles.set(key, profile);
  for (const [oldest, { list: unused }] of profiles) {
    if (profiles.size <= MOST_KEPT) break;
    unused.dispose();
    profiles.delete(oldest);
  }
  return profile;
}

/** The profile of that name, if it was opened. */
export function knownProfile(username: string): Profile | undefined {
  return profiles.get(username.toLowerCase());
}

/** Shows what the server has said of a person wherever they are shown. */
export function showUser(user: User): void {
  profiles.get(user.username.toLowerCase())?.user.set(user);
  if (user.id === me.value?.id) {
    me.set(user);
    renameAuthor({
      id: user.id,
      username: user.username,
      displayName: user.displayName,
      avatarUrl: user.avatarUrl,
    });
  }
}

/** Somebody has one tweet more, or one less. */
export function countTweets(username: string, by: number): void {
  const counted = (user: User) => ({ ...user, tweetsCount: Math.max(0, user.tweetsCount + by) });
  knownProfile(username)?.user.update((user) => user && counted(user));
  if (me.value?.username === username) me.set(counted(me.value));
}

/** Follows, or changes whether their tweets notify. The feed has their tweets from then on. */
export async function follow(user: UserRef & Pick<User, "viewer">, notify?: boolean): Promise<void> {
  const before = user.viewer?.following === true;
  showUser(await api.follow(user.username, notify));
  if (before) return;
  patchMe({ followingCount: (me.value?.followingCount ?? 0) + 1 });
  await homeList().refresh();
}

let wanted: UserRef | null = null;

/** A visitor wants to follow somebody: that is done once they are somebody themselves. */
export function followLater(user: UserRef): void {
  wanted = user;
}

/** Follows whom the visitor wanted to. @returns that person, null where there is none. @throws what a request throws */
export async function followWanted(): Promise<UserRef | null> {
  const user = wanted;
  wanted = null;
  if (!user || user.id === me.value?.id) return null;
  await follow(user);
  return user;
}

export async function unfollow(user: User): Promise<void> {
  showUser(await api.unfollow(user.username));
  patchMe({ followingCount: Math.max(0, (me.value?.followingCount ?? 1) - 1) });
  homeList().remove((tweet) => tweet.author.id === user.id);
}

// Whether the caller follows someone is another thing for another caller.
let owner = me.value?.id;
me.subscribe((user) => {
  if (user?.id === owner) return;
  owner = user?.id;
  for (const { list } of profiles.values()) list.dispose();
  profiles.clear();
});
