import { call, type Caller } from "../../contract/call.ts";
import { stronger } from "../../contract/notices.ts";
import type { FoundTweet, Range } from "../../contract/records.ts";
import { inRange, type Skeleton } from "../reading/page.ts";
import type { Notice } from "../reading/notifications.ts";

/** A part of one of the lists from which notifications are merged. */
export interface Source {
  notices: Notice[];
  /** The last place that was read, if the list may go on below it; null when the list has ended. */
  floor: string | null;
}

interface InboxOptions {
  /** For counting: leaves the tweets out. Otherwise notices carry their tweets, so that no tweet is read twice. */
  placesOnly?: boolean;
  /** Reads notifications of this kind only. */
  kind?: "mention" | undefined;
}

const NOTHING: Source = { notices: [], floor: null };

/**
 * Reads one part of a user's notifications, newest first. No notification is stored. They are merged from lists that
 * exist already: the tweets of followed users since the follow (with `notify`), the tweets that mention the user, and the
 * user's new followers. So the inbox can neither lose a notification nor keep one that is gone.
 */
export async function readInbox(
  caller: Caller,
  userId: string,
  range: Range,
  { placesOnly = false, kind: only }: InboxOptions = {},
): Promise<Skeleton<Notice>> {
  const [tweets, mentions, follows] = await Promise.all([
    only
      ? NOTHING
      : notifyingFollows(caller, userId).then((follows) => followedTweets(caller, follows, range, placesOnly)),
    mentioningTweets(caller, userId, range, placesOnly),
    only ? NOTHING : newFollowers(caller, userId, range),
  ]);
  // Below the highest floor, at least one source has not been read, so all notices there belong to the next part.
  const floors = [tweets, mentions, follows].map((source) => source.floor).filter((floor) => floor !== null);
  const next = floors.sort().at(-1) ?? null;
  const byId = new Map<string, Notice>();
  for (const notice of [...tweets.notices, ...mentions.notices, ...follows.notices]) {
    const other = byId.get(notice.id);
    byId.set(notice.id, other ? stronger(other, notice) : notice);
  }
  const entries = [...byId.values()]
    .filter((notice) => (next === null || notice.id >= next) && inRange(notice.id, range))
    .sort((a, b) => (a.id < b.id ? 1 : -1));
  return { entries, next };
}

function sourceOf(found: { id: string }[], notices: Notice[], limit: number): Source {
  return { notices, floor: found.length < limit ? null : (found.at(-1)?.id ?? null) };
}

function noticeOf(kind: "tweet" | "mention", { id, authorId, tweet }: FoundTweet): Notice {
  return { id, kind, actorId: authorId, ...(tweet && { tweet }) };
}

/** The authors whose tweets notify a user, with the ids of the follows: tweets from before a follow don't count. */
export async function notifyingFollows(caller: Caller, userId: string): Promise<ReadonlyMap<string, string>> {
  const follows = (await call(caller, "graph.following", { userId })).filter((follow) => follow.notify);
  return new Map(follows.map((follow) => [follow.followeeId, follow.id]));
}

/** @param since the follows, from {@link notifyingFollows} */
export async function followedTweets(
  caller: Caller,
  since: ReadonlyMap<string, string>,
  range: Range,
  placesOnly: boolean,
): Promise<Source> {
  if (since.size === 0) return NOTHING;
  const oldest = [...since.values()].reduce((least, id) => (id < least ? id : least));
  const after = range.after !== undefined && range.after > oldest ? range.after : oldest;
  const wanted = { authorIds: [...since.keys()], order: "desc" as const, ...range, after };
  const found: FoundTweet[] = await call(caller, placesOnly ? "tweets.entriesByAuthors" : "tweets.byAuthors", wanted);
  const notices = found
    .filter((entry) => entry.id > since.get(entry.authorId)!)
    .map((entry) => noticeOf("tweet", entry));
  return sourceOf(found, notices, range.limit);
}

async function mentioningTweets(caller: Caller, userId: string, range: Range, placesOnly: boolean): Promise<Source> {
  const action = placesOnly ? "tweets.entriesMentioning" : "tweets.mentioning";
  const found: FoundTweet[] = await call(caller, action, { userId, ...range });
  const notices = found.filter((entry) => entry.authorId !== userId).map((entry) => noticeOf("mention", entry));
  return sourceOf(found, notices, range.limit);
}

export async function newFollowers(caller: Caller, userId: string, range: Range): Promise<Source> {
  const found = await call(caller, "graph.followersPage", { userId, ...range });
  const notices = found.map((follow): Notice => ({ id: follow.id, kind: "follow", actorId: follow.followerId }));
  return sourceOf(found, notices, range.limit);
}
