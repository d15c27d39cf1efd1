import { inRange } from "../reading/pages.ts";
import { call, type Caller, type FollowRecord, type Range } from "../../contract/actions.ts";
import type { Notification } from "../../contract/shapes.ts";

/** A notification before hydration. Its id is the tweet's, or that of the follow. */
export interface Notice {
  id: string;
  kind: Notification["kind"];
  actorId: string;
  tweetId?: string;
}

/** One of the lists that notifications are merged from. */
interface Source {
  notices: Notice[];
  /** The last id that was looked at, when there may be more below it; null when the source has ended. */
  floor: string | null;
}

/** A part of the inbox, newest first, and from where to go on; `next` is null at the end. */
export interface InboxPart {
  notices: Notice[];
  next: string | null;
}

/**
 * Reads notifications. None is stored: the tweets of those followed with `notify` since the follow, the tweets that
 * mention the user, and the follows are lists that exist already, and so can neither lose one nor keep one that is gone.
 */
export async function readInbox(caller: Caller, userId: string, range: Range): Promise<InboxPart> {
  const [tweets, mentions, follows] = await Promise.all([
    followedTweets(caller, userId, range),
    mentioningTweets(caller, userId, range),
    newFollowers(caller, userId, range),
  ]);
  // Below the highest floor some source has not been looked at: what lies there belongs to the next part.
  const floors = [tweets, mentions, follows].map((source) => source.floor).filter((floor) => floor !== null);
  const next = floors.sort().at(-1) ?? null;
  const byId = new Map<string, Notice>();
  // A followee's tweet that mentions the user is one notification: a mention, which comes last and wins.
  for (const notice of [...tweets.notices, ...follows.notices, ...mentions.notices]) byId.set(notice.id, notice);
  const notices = [...byId.values()]
    .filter((notice) => (next === null || notice.id >= next) && inRange(notice.id, range))
    .sort((a, b) => (a.id < b.id ? 1 : -1));
  return { notices, next };
}

function sourceOf(found: { id: string }[], notices: Notice[], limit: number): Source {
  return { notices, floor: found.length < limit ? null : (found.at(-1)?.id ?? null) };
}

async function followedTweets(caller: Caller, userId: string, range: Range): Promise<Source> {
  const follows = (await call(caller, "graph.following", { userId })).filter((follow) => follow.notify);
  if (follows.length === 0) return { notices: [], floor: null };
  const since = new Map(follows.map((follow) => [follow.followeeId, follow.id]));
  const oldest = follows.reduce((least, { id }) => (id < least ? id : least), follows[0]!.id);
  const after = range.after !== undefined && range.after > oldest ? range.after : oldest;
  const found = await call(caller, "tweets.byAuthors", {
    authorIds: [...since.keys()],
    order: "desc",
    ...range,
    after,
  });
  const notices = found
    .filter((entry) => entry.id > since.get(entry.authorId)!)
    .map((entry): Notice => ({ id: entry.id, kind: "tweet", actorId: entry.authorId, tweetId: entry.id }));
  return sourceOf(found, notices, range.limit);
}

async function mentioningTweets(caller: Caller, userId: string, range: Range): Promise<Source> {
  const found = await call(caller, "tweets.mentioning", { userId, ...range });
  const notices = found
    .filter((entry) => entry.authorId !== userId)
    .map((entry): Notice => ({ id: entry.id, kind: "mention", actorId: entry.authorId, tweetId: entry.id }));
  return sourceOf(found, notices, range.limit);
}

async function newFollowers(caller: Caller, userId: string, range: Range): Promise<Source> {
  const found: FollowRecord[] = await call(caller, "graph.followersPage", { userId, ...range });
  const notices = found.map((follow): Notice => ({ id: follow.id, kind: "follow", actorId: follow.followerId }));
  return sourceOf(found, notices, range.limit);
}
