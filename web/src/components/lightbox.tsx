import { useState } from "preact/hooks";
import type { Media } from "../api/shapes.ts";
import { altOf } from "./alt-text.ts";
import { Dialog } from "./dialog.tsx";
import { Icon } from "./icon.tsx";
import { sameOriginUrl } from "./same-origin-url.ts";
import { useSwipe } from "./swipe.ts";

/** A dialog that shows a tweet's pictures one at a time, as large as the window, with its description below. */
export function Lightbox(props: { pictures: readonly Media[]; start: number; onClose: () => void }) {
  const { pictures, onClose } = props;
  const [at, setAt] = useState(props.start);
  const shown = pictures[at];
  const several = pictures.length > 1;
  const step = (by: number) => setAt((old) => (old + by + pictures.length) % pictures.length);
  /** The step to the picture on the right: in a language that is written from there, this is the one before. */
  const forward = document.dir === "rtl" ? -1 : 1;
  const swipe = useSwipe((by) => {
    // The first picture has none before, as the finger feels.
    if (pictures[at + by * forward]) step(by * forward);
  });
  if (!shown) return null;
  return (
    <Dialog
      label={several ? `Picture ${at + 1} of ${pictures.length}` : "Picture"}
      class="lightbox"
      onClose={onClose}
      onKeyDown={(event) => {
        if (event.key === "ArrowRight") step(forward);
        if (event.key === "ArrowLeft") step(-forward);
      }}
    >
      <div class="lightbox-body">
        <div class="lightbox-stage" {...(several && swipe)}>
          <img
            key={shown.id}
            src={sameOriginUrl(shown.url)}
            alt={altOf(shown)}
            width={shown.width}
            height={shown.height}
            draggable={false}
          />
        </div>
        {shown.alt && (
          <p class="lightbox-alt" dir="auto" tabIndex={0}>
            {shown.alt}
          </p>
        )}
      </div>
      <button type="button" class="icon-button lightbox-close" aria-label="Close" onClick={onClose}>
        <Icon name="close" />
      </button>
      {several && (
        <>
          <p class="lightbox-count" aria-live="polite">
            {at + 1} of {pictures.length}
          </p>
          <button type="button" class="icon-button lightbox-previous" aria-label="Previous" onClick={() => step(-1)}>
            <Icon name="back" />
          </button>
          <button type="button" class="icon-button lightbox-next" aria-label="Next" onClick={() => step(1)}>
            <Icon name="back" />
          </button>
        </>
      )}
    </Dialog>
  );
}
