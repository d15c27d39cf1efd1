import { isDeepStrictEqual } from "node:util";
import type { MediaRecord, TweetEntry, TweetRecord } from "../../contract/records.ts";
import type { Location, Metadata } from "../../contract/shapes.ts";
import type { CollectionSpec } from "../../seams/collections/collection.ts";

/** The shape of an id. A key may have the same shape, so ids are looked up first. */
export const LOOKS_LIKE_ID = /^\d{17,19}$/;

/**
 * A tweet as stored: one document, which is its own outbox entry. While `delivered` is false the tweet waits for its
 * fan-out, and while `notified` is false absent users wait to be notified. A deleted tweet leaves a tombstone: `_id`
 * and `key` stay for 90 days, so that neither can be used again by a late retry. The content is removed; without
 * `authorId` the tweet is on no list.
 */
export interface TweetDoc {
  _id: string;
  key: string;
  authorId?: string;
  text?: string;
  media?: MediaRecord[];
  location?: Location | null;
  metadata?: Metadata;
  mentions?: string[];
  delivered: boolean;
  notified: boolean;
  /** The saved progress of a long notification walk: `before` as in its job, `at` in milliseconds since 1970. */
  notifying?: { before: string; at: number };
  /** Milliseconds since 1970; only on a tombstone. */
  deletedAt?: number;
  /** Only on a tombstone, for the index: a partial index depends on equality. */
  deleted?: true;
  deletedBy?: string;
}

export const TWEETS: CollectionSpec = {
  name: "tweets",
  indexes: [
    { fields: { key: 1 }, unique: true },
    { fields: { authorId: 1, _id: -1 } },
    { fields: { mentions: 1, _id: -1 }, multikey: true },
    { fields: { delivered: 1, _id: 1 }, partial: { delivered: false } },
    { fields: { notified: 1, _id: 1 }, partial: { notified: false } },
    { fields: { deletedAt: 1 }, partial: { deleted: true } },
  ],
};

/** The update that turns a tweet into a tombstone. */
export function tombstoneUpdate(userId: string, now: number) {
  return {
    $set: { deleted: true, deletedAt: now, deletedBy: userId, delivered: true, notified: true },
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

/** The place of a tweet in lists, or null for a tombstone. */
export function toEntry({ _id, authorId }: Pick<TweetDoc, "_id" | "authorId">): TweetEntry | null {
  return authorId === undefined ? null : { id: _id, authorId };
}

/** The part of a tweet that its author chose: with the same key, the same content is a retry, any other a conflict. */
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

/** The value without undefined properties, which no store keeps. */
function stripped(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}
