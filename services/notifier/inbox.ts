import { call, type Caller } from "../../contract/call.ts";
import { stronger } from "../../contract/notices.ts";
import type { FoundTweet, Range } from "../../contract/records.ts";
import { inRange, type Skeleton } from "../reading/page.ts";
import type { Notice } from "../reading/notifications.ts";

/** A part of one of the lists from which notifications are merged. */
interface Source {
  notices: Notice[];
  /** The last place that was read, if the list may go on below it; null when the list has ended. */
  floor: string | null;
}

interface InboxOptions {
  /** For counting: leaves the tweets out. Otherwise notices carry their tweets, so that no tweet is read twice. */
  placesOnly?: boolean;
  /** Reads notifications of this kind only. */
  kind?: "mention" | undefined;
  /** Reads notifications of these kinds only below these places, in place of `range.before`. */
  below?: Partial<Record<Notice["kind"], string>>;
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
  { placesOnly = false, kind: only, below }: InboxOptions = {},
): Promise<Skeleton<Notice>> {
  const rangeOf = (kind: Notice["kind"]): Range => ({ ...range, before: below?.[kind] ?? range.before });
  const [tweets, mentions, follows] = await Promise.all([
    only ? NOTHING : followedTweets(caller, userId, rangeOf("tweet"), placesOnly),
    mentioningTweets(caller, userId, rangeOf("mention"), placesOnly),
    only ? NOTHING : newFollowers(caller, userId, rangeOf("follow")),
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

async function followedTweets(caller: Caller, userId: string, range: Range, placesOnly: boolean): Promise<Source> {
  const follows = (await call(caller, "graph.following", { userId })).filter((follow) => follow.notify);
  if (follows.length === 0) return NOTHING;
  const since = new Map(follows.map((follow) => [follow.followeeId, follow.id]));
  const oldest = follows.reduce((least, { id }) => (id < least ? id : least), follows[0]!.id);
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

async function newFollowers(caller: Caller, userId: string, range: Range): Promise<Source> {
  const found = await call(caller, "graph.followersPage", { userId, ...range });
  const notices = found.map((follow): Notice => ({ id: follow.id, kind: "follow", actorId: follow.followerId }));
  return sourceOf(found, notices, range.limit);
}
