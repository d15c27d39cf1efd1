import type { CollectionSpec } from "../../seams/collections/collection.ts";
import type { NewMedia } from "../../contract/actions.ts";
import type { Media } from "../../contract/shapes.ts";

/**
 * A medium as it is stored. `pending` while its bytes are on the way, `going` while they are removed: the document
 * comes before the bytes and goes after them, so that no bytes are ever without one.
 */
export interface MediaDoc extends NewMedia {
  _id: string;
  ownerId: string;
  state: "pending" | "ready" | "going";
  /** Whether anything ever used it; what is not used goes after a day. */
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

/** Where the bytes of a medium's preview are stored. */
export function previewKey(id: string): string {
  return `${id}.preview`;
}

/** The medium with paths for URLs. */
export function toMedia({ _id, type, contentType, width, height, alt, bytes, duration, placeholder }: MediaDoc): Media {
  return {
    id: _id,
    type,
    contentType,
    url: `/media/${_id}`,
    previewUrl: `/media/${_id}/preview`,
    width,
    height,
    alt,
    bytes,
    ...(duration !== undefined && { duration }),
    ...(placeholder !== undefined && { placeholder }),
  };
}
