import type { Media } from "../api/shapes.ts";

/** The alt text of a picture or video, or a placeholder for a missing one. */
export function altOf(media: Media): string {
  return (
    media.alt?.trim() || (media.type === "video" ? "Video without a description" : "Picture without a description")
  );
}
