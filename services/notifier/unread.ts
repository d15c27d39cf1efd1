import type { Unread } from "../../contract/actions.ts";
import type { Caller } from "../../contract/call.ts";
import { groupOf, groupStart } from "../../contract/notices.ts";
import type { Range } from "../../contract/records.ts";
import { followedTweets, newFollowers, notifyingFollows, readInbox, type Source } from "./inbox.ts";

/** Unread notifications and groups are counted up to this number, because each costs a read. The client shows "99+". */
const UNREAD_LIMIT = 100;
/** Places per read once only groups are counted. */
const GROUPS_READ = 200;
/**
 * The most reads of each kind once only groups are counted. They find all groups among some thousands of unread
 * notifications. Of more, the oldest are not counted, because a count must not grow with the time that somebody was away.
 */
const READS_LIMIT = 20;

/** Counts a user's notifications that are newer than `readUpTo`, and their groups. */
export async function countUnread(caller: Caller, userId: string, readUpTo: string): Promise<Unread> {
  const groups = new Set<string>();
  let unread = 0;
  let before: string | undefined;
  for (;;) {
    const range = { before, after: readUpTo, limit: UNREAD_LIMIT };
    const { entries, next } = await readInbox(caller, userId, range, { placesOnly: true });
    for (const notice of entries) groups.add(groupOf(notice));
    unread += entries.length;
    if (next === null) break;
    before = next;
    if (unread < UNREAD_LIMIT) continue;
    await addOlderGroups(caller, userId, { before, after: readUpTo }, groups);
    break;
  }
  return { unread: Math.min(unread, UNREAD_LIMIT), unreadGroups: [...groups].slice(0, UNREAD_LIMIT) };
}

/**
 * Adds the groups in the rest of a range, mentions first: many tweets must not keep the count from them. The rest of a
 * group that is counted already is passed over.
 */
async function addOlderGroups(
  caller: Caller,
  userId: string,
  { before, after }: { before: string; after: string },
  groups: Set<string>,
): Promise<void> {
  const range = { before, after, limit: UNREAD_LIMIT };
  const { entries } = await readInbox(caller, userId, range, { placesOnly: true, kind: "mention" });
  const mentions = new Set(entries.map(({ id }) => id));
  for (const notice of entries) groups.add(groupOf(notice));
  const follows = await notifyingFollows(caller, userId);
  const sources = {
    tweet: (part: Range) => followedTweets(caller, follows, part, true),
    follow: (part: Range) => newFollowers(caller, userId, part),
  };
  for (const kind of ["tweet", "follow"] as const) {
    let place: string | null = before;
    for (let reads = 0; place !== null && reads < READS_LIMIT && groups.size < UNREAD_LIMIT; reads++) {
      if (groups.has(groupOf({ id: place, kind }))) place = groupStart({ id: place, kind });
      const { notices, floor }: Source = await sources[kind]({ before: place, after, limit: GROUPS_READ });
      for (const notice of notices) if (!mentions.has(notice.id)) groups.add(groupOf(notice));
      place = floor;
    }
  }
}
