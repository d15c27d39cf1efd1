import { useState } from "preact/hooks";
import type { Media, Tweet } from "../api/shapes.ts";
import { AltMark } from "./alt-mark.tsx";
import { altOf } from "./alt-text.ts";
import type { Lightbox as LightboxType } from "./lightbox.tsx";
import { loadOrSay } from "./load-or-say.ts";
import { sameOriginUrl } from "./same-origin-url.ts";

/** Limits of the aspect ratio (width by height) of a single picture: a picture beyond them is cropped. */
const TALLEST = 3 / 4;
const WIDEST = 3;
/** The same for a video, which is never cropped: one beyond gets bars, but its controls keep their room. */
const TALLEST_VIDEO = 9 / 21;

/** A tweet's pictures or video. Their sizes are known beforehand, so loading them moves nothing on the page. */
export function MediaGrid({ tweet }: { tweet: Tweet }) {
  const [open, setOpen] = useState<{ id: string; Lightbox: typeof LightboxType } | null>(null);
  const { media } = tweet;
  const [first] = media;
  if (!first) return null;
  const alone = media.length === 1;
  const pictures = media.filter(({ type }) => type === "image");

  /** Opens a picture in the full view, whose code is loaded for it. */
  async function enlarge(id: string): Promise<void> {
    const found = await loadOrSay(() => import("./lightbox.tsx"));
    setOpen(found && { id, Lightbox: found.Lightbox });
  }

  return (
    <div class={`media media-${media.length}`} id={`media-${tweet.id}`} style={alone ? boxOf(first) : undefined}>
      {media.map((item) => (
        <div key={item.id} class="media-item">
          {item.type === "video" ? (
            <Video media={item} />
          ) : (
            <button type="button" class="picture" onClick={() => void enlarge(item.id)}>
              <Picture media={item} />
            </button>
          )}
          <AltMark media={item} />
        </div>
      ))}
      {open !== null && (
        <open.Lightbox
          pictures={pictures}
          start={pictures.findIndex(({ id }) => id === open.id)}
          onClose={() => setOpen(null)}
        />
      )}
    </div>
  );
}

/** The proportions of a single picture or video, which has its whole width unless it would be too high. */
function boxOf({ type, width, height }: Media) {
  const shape = Math.min(Math.max(width / height, type === "video" ? TALLEST_VIDEO : TALLEST), WIDEST);
  return { aspectRatio: `${shape}`, "--shape": `${shape}`, "--natural": `${width}px` };
}

function Picture({ media }: { media: Media }) {
  return (
    <img
      {...(media.placeholder && { style: { backgroundImage: `url("${media.placeholder}")` } })}
      src={sameOriginUrl(media.previewUrl)}
      alt={altOf(media)}
      width={media.width}
      height={media.height}
      loading="lazy"
      decoding="async"
    />
  );
}

function Video({ media }: { media: Media }) {
  // A video that came without a poster has no placeholder either. Then browsers show the frame at this time.
  const shown = media.placeholder
    ? { src: sameOriginUrl(media.url), poster: sameOriginUrl(media.previewUrl) }
    : { src: `${sameOriginUrl(media.url)}#t=0.001` };
  return (
    <video
      controls
      playsInline
      preload="metadata"
      width={media.width}
      height={media.height}
      aria-label={altOf(media)}
      {...shown}
    />
  );
}
