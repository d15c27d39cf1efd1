import { RefusedError } from "../../lib/errors.ts";
import type { Collection, CollectionSpec } from "../../seams/collections/collection.ts";
import { insertIfFree } from "../../seams/collections/insert.ts";
import type { MediaDoc } from "./media-doc.ts";

/** The bytes of media that a user keeps. */
export interface UsageDoc {
  _id: string;
  bytes: number;
}

export const USAGE: CollectionSpec = { name: "media_usage", indexes: [] };

/** Counts the bytes of each user's media, so that nobody fills the disk. @param quota bytes per user */
export function createQuota(usage: Collection<UsageDoc>, media: Collection<MediaDoc>, quota: number) {
  const take = (userId: string, bytes: number) =>
    usage.updateOne({ _id: userId, bytes: { $lte: quota - bytes } }, { $inc: { bytes } });

  /**
   * Media are counted before they are stored and after they are removed. A crash in between leaves the count too high.
   */
  async function recount(userId: string): Promise<void> {
    const kept = await media.find({ query: { ownerId: userId }, fresh: true });
    const bytes = kept.reduce((sum, doc) => sum + sizeOf(doc), 0);
    if (await usage.updateById(userId, { $set: { bytes } })) return;
    await insertIfFree(usage, { _id: userId, bytes });
  }

  /** Whether the bytes fit, without taking them. */
  async function fits(userId: string, bytes: number): Promise<boolean> {
    const kept = await usage.findById(userId, { fresh: true });
    return (kept?.bytes ?? 0) + bytes <= quota;
  }

  /** The count may be too high, so recounts before a refusal. @throws RefusedError 413 when `test` fails twice */
  async function demand(userId: string, test: () => Promise<unknown>): Promise<void> {
    if (await test()) return;
    await recount(userId);
    if (await test()) return;
    const most = Math.floor(quota / (1024 * 1024));
    throw new RefusedError(
      `The file does not fit: you may keep ${most} MiB of media. To make room, delete tweets with media.`,
      413,
      "QUOTA_EXCEEDED",
    );
  }

  return {
    /** @throws RefusedError 413 when the user would keep more than the quota */
    reserve: (userId: string, bytes: number) => demand(userId, () => take(userId, bytes)),

    /** Checks the same for a file that is still arriving. @throws RefusedError 413 */
    checkRoom: (userId: string, bytes: number) => demand(userId, () => fits(userId, bytes)),

    async free(userId: string, bytes: number): Promise<void> {
      await usage.updateById(userId, { $inc: { bytes: -bytes } });
    },
  };
}

export type Quota = ReturnType<typeof createQuota>;

/** The bytes of the quota that a medium takes. */
export function sizeOf({ bytes, previewBytes }: Pick<MediaDoc, "bytes" | "previewBytes">): number {
  return bytes + previewBytes;
}
