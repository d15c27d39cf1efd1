import { useState } from "preact/hooks";
import type { Media } from "../api/shapes.ts";
import { Reading } from "./dialog.tsx";

/** A small button on a picture or video that has a description, which opens it. */
export function AltMark({ media }: { media: Media }) {
  const [isOpen, setOpen] = useState(false);
  const alt = media.alt?.trim();
  if (!alt) return null;
  const label = media.type === "video" ? "Description of the video" : "Description of the picture";
  return (
    <>
      <button type="button" class="alt-mark" aria-label={`ALT: ${label.toLowerCase()}`} onClick={() => setOpen(true)}>
        ALT
      </button>
      {isOpen && (
        <Reading label={label} class="confirm" onClose={() => setOpen(false)}>
          <p class="alt-words" dir="auto">
            {alt}
          </p>
        </Reading>
      )}
    </>
  );
}
