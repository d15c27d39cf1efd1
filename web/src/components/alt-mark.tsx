import { useState } from "preact/hooks";
import type { Media } from "../api/shapes.ts";
import { Dialog } from "./dialog.tsx";

/** A small button on a picture or video that has a description, which opens it. */
export function AltMark({ media }: { media: Media }) {
  const [isOpen, setOpen] = useState(false);
  const alt = media.alt?.trim();
  if (!alt) return null;
  const label = media.type === "video" ? "Description of the video" : "Description of the picture";
  const close = () => setOpen(false);
  return (
    <>
      <button type="button" class="alt-mark" aria-label={`ALT: ${label.toLowerCase()}`} onClick={() => setOpen(true)}>
        ALT
      </button>
      {isOpen && (
        <Dialog label={label} class="confirm" onClose={close}>
          <div class="dialog-body">
            <h2>{label}</h2>
            <p class="alt-words" dir="auto">
              {alt}
            </p>
            <div class="dialog-actions">
              <button type="button" class="button quiet" onClick={close}>
                Close
              </button>
            </div>
          </div>
        </Dialog>
      )}
    </>
  );
}
