import { useState } from "preact/hooks";
import type { Media } from "../api/shapes.ts";
import { altOf } from "./alt-text.ts";
import { Dialog } from "./dialog.tsx";
import { Icon } from "./icon.tsx";
import { sameOriginUrl } from "./same-origin-url.ts";

/** A dialog that shows a tweet's pictures one at a time, as large as the window. */
export function Lightbox(props: { media: readonly Media[]; start: number; onClose: () => void }) {
  const { media, onClose } = props;
  const [at, setAt] = useState(props.start);
  const shown = media[at];
  const step = (by: number) => setAt((old) => (old + by + media.length) % media.length);
  if (!shown) return null;
  return (
    <Dialog
      label={media.length > 1 ? `Picture ${at + 1} of ${media.length}` : "Picture"}
      class="lightbox"
      onClose={onClose}
      onKeyDown={(event) => {
        if (event.key === "ArrowRight") step(1);
        if (event.key === "ArrowLeft") step(-1);
      }}
    >
      <button type="button" class="icon-button lightbox-close" aria-label="Close" onClick={onClose}>
        <Icon name="close" />
      </button>
      <img key={shown.id} src={sameOriginUrl(shown.url)} alt={altOf(shown)} width={shown.width} height={shown.height} />
      {shown.alt && <p class="lightbox-alt">{shown.alt}</p>}
      {media.length > 1 && (
        <>
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
