import { isDeepStrictEqual } from "node:util";
import type { CollectionSpec } from "../../seams/collections/collection.ts";
import type { TweetRecord } from "../../contract/actions.ts";
import type { Location, Media, Metadata } from "../../contract/shapes.ts";

/**
 * A tweet as it is stored: one document, which is its own outbox entry: while `delivered` is false its fan-out is to be
 * done, and while `notified` is false those who are away are to be told. A deleted one is a
 * tombstone: it keeps `_id` and `key`, so that neither comes back, and has lost the rest, `authorId` included, which
 * takes it out of every list.
 */
export interface TweetDoc {
  _id: string;
  key: string;
  authorId?: string;
  text?: string;
  media?: Media[];
  location?: Location | null;
  metadata?: Metadata;
  mentions?: string[];
  delivered: boolean;
  notified: boolean;
  /** How far the telling is, when it takes long: `before` as in its job, `at` in milliseconds since 1970. */
  notifying?: { before: string; at: number };
  /** Milliseconds since 1970; only on a tombstone. */
  deletedAt?: number;
  deletedBy?: string;
}

export const TWEETS: CollectionSpec = {
  name: "tweets",
  indexes: [
    { fields: { key: 1 }, unique: true },
    { fields: { authorId: 1, _id: -1 } },
    { fields: { mentions: 1, _id: -1 } },
    { fields: { delivered: 1, _id: 1 }, partial: { delivered: false } },
    { fields: { notified: 1, _id: 1 }, partial: { notified: false } },
  ],
};

/** What a deletion leaves. */
export function tombstoneUpdate(userId: string, now: number) {
  return {
    $set: { deletedAt: now, deletedBy: userId, delivered: true, notified: true },
    $unset: {
      authorId: true,
      text: true,
      media: true,
      location: true,
      metadata: true,
      mentions: true,
      notifying: true,
    },
  };
}

/** The tweet, or null for a tombstone. */
export function toRecord(doc: TweetDoc | null | undefined): TweetRecord | null {
  if (doc?.authorId === undefined) return null;
  return {
    id: doc._id,
    key: doc.key,
    authorId: doc.authorId,
    text: doc.text ?? "",
    media: doc.media ?? [],
    location: doc.location ?? null,
    metadata: doc.metadata ?? {},
    mentions: doc.mentions ?? [],
  };
}

/** What of a tweet its author decides: the same again under the same key is a retry, another is a conflict. */
export interface TweetContent {
  text: string;
  mediaIds: string[];
  location: Location | null;
  metadata: Metadata;
}

export function sameContent(record: TweetRecord, content: TweetContent): boolean {
  const { text, media, location, metadata } = record;
  const kept: TweetContent = { text, mediaIds: media.map(({ id }) => id), location, metadata };
  return isDeepStrictEqual(stripped(kept), stripped(content));
}

/** Without properties that are undefined: no store keeps those. */
function stripped(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}
