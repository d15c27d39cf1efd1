import type { NotificationRecord, TweetRecord } from "./records.ts";

/** The kinds of notifications, strongest first. One tweet makes one notification per person: the strongest. */
const BY_STRENGTH: readonly NotificationRecord["kind"][] = ["mention", "tweet", "follow"];

/** @returns the stronger of two notifications of one event for one person, which is the one that the person gets */
export function stronger<N extends Pick<NotificationRecord, "kind">>(a: N, b: N): N {
  return BY_STRENGTH.indexOf(a.kind) <= BY_STRENGTH.indexOf(b.kind) ? a : b;
}

/** The users whom a tweet notifies. The two audiences don't overlap: see {@link BY_STRENGTH}. */
export interface Audiences {
  /** Ids of the users who get a notification of kind `mention`: all users in the text, except the author. */
  mentioned: string[];
  /** Ids of the users who get a stronger notification. All other followers of the author get one of kind `tweet`. */
  followersExcept: string[];
}

export function audiencesOf({ authorId, mentions }: Pick<TweetRecord, "authorId" | "mentions">): Audiences {
  const mentioned = mentions.filter((id) => id !== authorId);
  return { mentioned, followersExcept: mentioned };
}
