import type { UserRecord } from "../../contract/records.ts";
import type { CollectionSpec } from "../../seams/collections/collection.ts";

/** A user as stored. */
export interface UserDoc {
  _id: string;
  username: string;
  /** The form in which names are unique: see `usernameKey`. */
  usernameKey: string;
  displayName: string;
  bio: string;
  /** The id of the medium that is the user's picture. */
  avatarId?: string | null;
  /** The picture in documents of version 0.1: the path `/media/ID/preview`. */
  avatarUrl?: string | null;
  passwordHash: string;
  /** What a search for the user may begin with: see `lib/names.ts`. */
  searchKeys?: string[];
  /** Whether {@link searchKeys} are there. Documents from before the search by name get them after the start. */
  searchable?: true;
}

export const USERS: CollectionSpec = {
  name: "users",
  indexes: [
    { fields: { usernameKey: 1 }, unique: true },
    { fields: { searchKeys: 1 }, multikey: true },
    // Finds the documents that have no keys yet.
    { fields: { searchable: 1 } },
  ],
};

/** The user as lists show one. */
export function toRecord({ _id, username, displayName, avatarId, avatarUrl }: UserDoc): UserRecord {
  return { id: _id, username, displayName, avatarId: avatarId === undefined ? idInPath(avatarUrl) : avatarId };
}

function idInPath(path: string | null | undefined): string | null {
  return /^\/media\/(\d+)\//.exec(path ?? "")?.[1] ?? null;
}
