import type { Unread } from "../../contract/actions.ts";
import type { Caller } from "../../contract/call.ts";
import { groupOf, groupStart } from "../../contract/notices.ts";
import { idAt, type SnowflakeGenerator } from "../../lib/snowflake.ts";
import type { Collection, CollectionSpec } from "../../seams/collections/collection.ts";
import { insertIfFree } from "../../seams/collections/insert.ts";
import type { Notice } from "../reading/notifications.ts";
import { readInbox } from "./inbox.ts";

/** The position up to which a user has read notifications. */
export interface MarkerDoc {
  /** The user's id. */
  _id: string;
  /** The id of the newest notification that was read. */
  upTo: string;
}

export const MARKERS: CollectionSpec = { name: "notification_markers", indexes: [] };

/** Unread notifications and groups are counted up to this number, because each costs a read. The client shows "99+". */
const UNREAD_LIMIT = 100;
/** Places per read once only groups are counted. */
const GROUPS_READ = 400;
/**
 * The most reads for one count. They find every group among a few thousand unread notifications; for somebody with more,
 * the oldest groups are not counted, because a count must not grow with the time that somebody was away.
 */
const READS_LIMIT = 10;
const NOTHING_READ = "0".repeat(19);

/** Keeps the position up to which each user has read. */
export function createMarkers(markers: Collection<MarkerDoc>, ids: SnowflakeGenerator) {
  /**
   * Limits a cursor to the present: a notification that does not exist yet can't have been read, so a cursor in the
   * future means "all up to now". "Now" includes every notification that the user has already, even if other nodes'
   * clocks are ahead and this node has not seen their ids.
   */
  async function readableUpTo(caller: Caller, userId: string, cursor: string): Promise<string> {
    const now = idAt(ids.time() + 1);
    if (cursor <= now) return cursor;
    const ahead = await readInbox(caller, userId, { after: now, limit: UNREAD_LIMIT }, { placesOnly: true });
    const newest = ahead.entries[0]?.id ?? now;
    return cursor < newest ? cursor : newest;
  }

  return {
    /** @returns the id of the newest notification that the user has read */
    get: async (userId: string): Promise<string> => (await markers.findById(userId))?.upTo ?? NOTHING_READ,

    /**
     * Counts what is newer than `readUpTo`. Once {@link UNREAD_LIMIT} notifications are counted only groups are of
     * interest, and the rest of a group that is counted already is passed over.
     */
    async countUnread(caller: Caller, userId: string, readUpTo: string): Promise<Unread> {
      const groups = new Set<string>();
      let unread = 0;
      let before: string | undefined;
      for (let reads = 1; ; reads++) {
        const isCounted = unread >= UNREAD_LIMIT;
        const range = { before, after: readUpTo, limit: isCounted ? GROUPS_READ : UNREAD_LIMIT };
        const below = isCounted && before !== undefined ? pastGroups(groups, before) : {};
        const { entries, next } = await readInbox(caller, userId, range, { placesOnly: true, below });
        for (const notice of entries) groups.add(groupOf(notice));
        unread += entries.length;
        const isEnough = unread >= UNREAD_LIMIT && (groups.size >= UNREAD_LIMIT || reads >= READS_LIMIT);
        if (next === null || isEnough) {
          return { unread: Math.min(unread, UNREAD_LIMIT), unreadGroups: [...groups].slice(0, UNREAD_LIMIT) };
        }
        before = next;
      }
    },

    /** Marks all notifications up to a cursor as read. The marker never moves back. */
    async move(caller: Caller, userId: string, cursor: string): Promise<void> {
      const upTo = await readableUpTo(caller, userId, cursor);
      for (;;) {
        if (await markers.updateById(userId, { $max: { upTo } })) return;
        if ((await insertIfFree(markers, { _id: userId, upTo })).inserted) return;
      }
    },
  };
}

/** Where reading goes on below a place, for each kind whose group at that place is counted already. */
function pastGroups(counted: ReadonlySet<string>, place: string): Partial<Record<Notice["kind"], string>> {
  const kinds = (["tweet", "follow"] as const).filter((kind) => counted.has(groupOf({ id: place, kind })));
  return Object.fromEntries(kinds.map((kind) => [kind, groupStart({ id: place, kind })]));
}
