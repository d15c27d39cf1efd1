import { idAt, timeOf } from "../lib/snowflake.ts";
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

const HOUR_MS = 3_600_000;
/**
 * Notifications of one kind and one span (UTC) are a group. Fixed spans keep the group a function of the notification
 * alone: pages, live events and counts agree about it, in whatever order they arrive. A mention is a group of its own.
 */
const GROUP_SPAN_MS = { tweet: HOUR_MS, follow: 24 * HOUR_MS, mention: 0 } as const;

type Grouped = Pick<NotificationRecord, "id" | "kind">;

/** @returns the group of a notification: screens show a group as one row */
export function groupOf({ id, kind }: Grouped): string {
  const span = GROUP_SPAN_MS[kind];
  return `${kind}-${span === 0 ? id : Math.floor(timeOf(id) / span)}`;
}

/** @returns the smallest id that a notification of the same group can have */
export function groupStart({ id, kind }: Grouped): string {
  const span = GROUP_SPAN_MS[kind];
  return span === 0 ? id : idAt(Math.floor(timeOf(id) / span) * span);
}
