import type { NotificationRecord, TweetRecord } from "./records.ts";

/** The kinds of notifications, the strongest first. One tweet makes one notification for one person: the strongest. */
const BY_STRENGTH: readonly NotificationRecord["kind"][] = ["mention", "tweet", "follow"];

/** What decides who is told of a tweet. */
type Told = Pick<TweetRecord, "authorId" | "mentions">;

/** The users who are told that a tweet mentions them: all that its text names but its author. */
export function mentionedIn({ authorId, mentions }: Told): string[] {
  return mentions.filter((id) => id !== authorId);
}

/** Of two notifications of one event for one person, the one that the person gets. */
export function stronger<N extends Pick<NotificationRecord, "kind">>(a: N, b: N): N {
  return BY_STRENGTH.indexOf(a.kind) <= BY_STRENGTH.indexOf(b.kind) ? a : b;
}

/** The kind of the notification that a follower of a tweet's author gets. */
export function kindForFollower({ mentions }: Told, followerId: string): NotificationRecord["kind"] {
  const kinds: Pick<NotificationRecord, "kind">[] = [{ kind: "tweet" }];
  if (mentions.includes(followerId)) kinds.push({ kind: "mention" });
  return kinds.reduce(stronger).kind;
}
