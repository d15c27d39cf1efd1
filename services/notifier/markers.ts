import type { Caller } from "../../contract/call.ts";
import { idAt, type SnowflakeGenerator } from "../../lib/snowflake.ts";
import type { Collection, CollectionSpec } from "../../seams/collections/collection.ts";
import { insertIfFree } from "../../seams/collections/insert.ts";
import { readInbox } from "./inbox.ts";

/** The position up to which a user has read notifications. */
export interface MarkerDoc {
  /** The user's id. */
  _id: string;
  /** The id of the newest notification that was read. */
  upTo: string;
}

export const MARKERS: CollectionSpec = { name: "notification_markers", indexes: [] };

/** Notifications from the future that are looked at, some of which may not count. */
const AHEAD_LIMIT = 100;
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
    const ahead = await readInbox(caller, userId, { after: now, limit: AHEAD_LIMIT }, { placesOnly: true });
    const newest = ahead.entries[0]?.id ?? now;
    return cursor < newest ? cursor : newest;
  }

  return {
    /** @returns the id of the newest notification that the user has read */
    get: async (userId: string): Promise<string> => (await markers.findById(userId))?.upTo ?? NOTHING_READ,

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
