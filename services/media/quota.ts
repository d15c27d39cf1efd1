import { RefusedError } from "../../lib/errors.ts";
import { type Collection, type CollectionSpec, DuplicateKeyError } from "../../seams/collections/collection.ts";
import type { MediaDoc } from "./media-doc.ts";

/** How many bytes a user keeps. */
export interface UsageDoc {
  _id: string;
  bytes: number;
}

export const USAGE: CollectionSpec = { name: "media_usage", indexes: [] };

/** Counts what each user keeps, so that nobody fills the disk. @param quota bytes per user */
export function createQuota(usage: Collection<UsageDoc>, media: Collection<MediaDoc>, quota: number) {
  const take = (userId: string, bytes: number) =>
    usage.updateOne({ _id: userId, bytes: { $lte: quota - bytes } }, { $inc: { bytes } });

  /** A crash between a medium and its count leaves the count wrong: before it refuses, it counts anew. */
  async function recount(userId: string): Promise<void> {
    const kept = await media.find({ query: { ownerId: userId }, fresh: true });
    const bytes = kept.reduce((sum, doc) => sum + sizeOf(doc), 0);
    if (await usage.updateById(userId, { $set: { bytes } })) return;
    try {
      await usage.insert({ _id: userId, bytes });
    } catch (error) {
      if (!(error instanceof DuplicateKeyError)) throw error;
    }
  }

  return {
    /** @throws RefusedError 413 when it would be more than the user may keep */
    async reserve(userId: string, bytes: number): Promise<void> {
      if (await take(userId, bytes)) return;
      await recount(userId);
      if (await take(userId, bytes)) return;
      const most = Math.floor(quota / (1024 * 1024));
      throw new RefusedError(
        `The file does not fit: you may keep ${most} MiB of media. Delete tweets that have some.`,
        413,
        "QUOTA_EXCEEDED",
      );
    },

    async free(userId: string, bytes: number): Promise<void> {
      await usage.updateById(userId, { $inc: { bytes: -bytes } });
    },
  };
}

/** What a medium takes of the quota. */
export function sizeOf({ bytes, previewBytes }: Pick<MediaDoc, "bytes" | "previewBytes">): number {
  return bytes + previewBytes;
}
