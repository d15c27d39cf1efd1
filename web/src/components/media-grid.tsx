import { useState } from "preact/hooks";
import type { Media, Tweet } from "../api/shapes.ts";
import { altOf } from "./alt-text.ts";
import { Lightbox } from "./lightbox.tsx";
import { sameOriginUrl } from "./same-origin-url.ts";

/** Limits of the aspect ratio (width by height) of a single picture: a picture beyond them is cropped. */
const TALLEST = 3 / 4;
const WIDEST = 3;

/** A tweet's pictures or video. Their sizes are known beforehand, so loading them moves nothing on the page. */
export function MediaGrid({ tweet }: { tweet: Tweet }) {
  const [open, setOpen] = useState<number | null>(null);
  const { media } = tweet;
  const [first] = media;
  if (!first) return null;
  const shape = Math.min(Math.max(first.width / first.height, TALLEST), WIDEST);
  const alone = media.length === 1;
  return (
    <div
      class={`media media-${media.length}`}
      style={alone ? { aspectRatio: `${shape}`, "--natural": `${first.width}px` } : undefined}
    >
      {media.map((item, index) =>
        item.type === "video" ? (
          <Video key={item.id} media={item} />
        ) : (
          <button key={item.id} type="button" class="picture" onClick={() => setOpen(index)}>
            <Picture media={item} alt={altOf(item)} />
          </button>
        ),
      )}
      {open !== null && <Lightbox media={media} start={open} onClose={() => setOpen(null)} />}
    </div>
  );
}

function Picture({ media, alt }: { media: Media; alt: string }) {
  return (
    <img
      {...(media.placeholder && { style: { backgroundImage: `url("${media.placeholder}")` } })}
      src={sameOriginUrl(media.previewUrl)}
      alt={alt}
      width={media.width}
      height={media.height}
      loading="lazy"
      decoding="async"
    />
  );
}

function Video({ media }: { media: Media }) {
  return (
    <video
      controls
      playsInline
      preload="metadata"
      width={media.width}
      height={media.height}
      aria-label={altOf(media)}
      src={sameOriginUrl(media.url)}
      {...(media.previewUrl === media.url ? {} : { poster: sameOriginUrl(media.previewUrl) })}
    />
  );
}
