import type { MediaFile, MediaRecord, NewMedia } from "../../contract/records.ts";
import type { CollectionSpec } from "../../seams/collections/collection.ts";

/**
 * A medium as stored. `pending` while its file is being written, `going` while the file is being removed: the document
 * is written before the file and removed after the file, so that every file has a document.
 */
export interface MediaDoc extends NewMedia {
  _id: string;
  ownerId: string;
  state: "pending" | "ready" | "going";
  /**
   * Whether a tweet or a profile uses the medium. Unused media are fetched by their owner alone, and removed after
   * `MEDIA_UNUSED_TTL`.
   */
  used: boolean;
}

export const MEDIA: CollectionSpec = {
  name: "media",
  indexes: [
    { fields: { ownerId: 1, _id: -1 } },
    { fields: { used: 1, _id: 1 }, partial: { used: false } },
    { fields: { state: 1 }, partial: { state: "going" } },
  ],
};

/** The medium as tweets and profiles show it. */
export function toRecord(doc: MediaDoc): MediaRecord {
  const { _id, type, contentType, width, height, alt, bytes, duration, placeholder } = doc;
  return {
    id: _id,
    type,
    contentType,
    width,
    height,
    alt,
    bytes,
    ...(duration !== undefined && { duration }),
    ...(placeholder !== undefined && { placeholder }),
  };
}

/** The medium as gateways serve it. */
export function toFile({ _id, contentType, bytes, previewBytes }: MediaDoc): MediaFile {
  return { id: _id, contentType, bytes, previewBytes };
}

/** Whether anyone may fetch the medium's file. */
export function isPublic({ state, used }: MediaDoc): boolean {
  return state === "ready" && used;
}
