import type { CollectionSpec } from "../../seams/collections/collection.ts";

/** A follow as stored. */
export interface FollowDoc {
  /** See {@link followId}. */
  _id: string;
  /** A Snowflake of the time at which the follow began: the cursor of the lists. */
  seq: string;
  followerId: string;
  followeeId: string;
  notify: boolean;
}

export const FOLLOWS: CollectionSpec = {
  name: "follows",
  indexes: [
    // With the id, which names both, so that a fan-out and a feed that is built read an index alone.
    { fields: { followeeId: 1, seq: -1, _id: 1 } },
    { fields: { followeeId: 1, notify: 1, seq: -1, _id: 1 } },
    { fields: { followerId: 1, seq: -1, _id: 1 } },
  ],
};

/** One id, and so one document, for each pair: nobody can follow the same user twice. */
export function followId(followerId: string, followeeId: string): string {
  return `${followerId}:${followeeId}`;
}

/** The follower of a follow, by the follow's id. */
export function followerOf(id: string): string {
  return id.slice(0, id.indexOf(":"));
}

/** The followed user of a follow, by the follow's id. */
export function followeeOf(id: string): string {
  return id.slice(id.indexOf(":") + 1);
}
