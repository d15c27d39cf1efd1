import { useState } from "preact/hooks";
import type { Media, Tweet } from "../api/shapes.ts";
import { Lightbox } from "./lightbox.tsx";
import { localAddress } from "./local-address.ts";

/** A single picture is shown between these shapes (width by height); what is longer or wider is cut. */
const TALLEST = 3 / 4;
const WIDEST = 3;

/** A tweet's pictures, or its video. Their size is known before they are loaded, so nothing moves when they are. */
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

/** What a picture shows, in words. */
export function altOf(media: Media): string {
  return media.alt?.trim() || (media.type === "video" ? "Video without description" : "Picture without description");
}

function Picture({ media, alt }: { media: Media; alt: string }) {
  return (
    <img
      {...(media.placeholder && { style: { backgroundImage: `url("${media.placeholder}")` } })}
      src={localAddress(media.previewUrl)}
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
      src={localAddress(media.url)}
      {...(media.previewUrl === media.url ? {} : { poster: localAddress(media.previewUrl) })}
    />
  );
}
