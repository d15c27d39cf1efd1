import { z } from "zod";
import type { Tweet } from "../../contract/shapes.ts";
import { type Html, html } from "./html.ts";
import { titleOf } from "./meta.ts";
import { linkedText } from "./text.ts";
import { altText, langAttribute, nameOf, timeElement } from "./tweet.ts";
import { type Site, SITE_NAME } from "./site.ts";
import { profilePath, publicUrl, tweetPath, webUrl } from "./urls.ts";

/** An oEmbed 1.0 answer of type "rich" (https://oembed.com, 2.3.4.4). */
export const Oembed = z
  .object({
    type: z.literal("rich"),
    version: z.literal("1.0"),
    title: z.string(),
    author_name: z.string(),
    author_url: z.string(),
    provider_name: z.string(),
    provider_url: z.string(),
    cache_age: z.int().describe("seconds that it may be kept: not long, as a tweet may be deleted"),
    html: z.string().describe("a quotation without script or style"),
    width: z.int(),
    height: z.int(),
  })
  .meta({ id: "Oembed" });
export type Oembed = z.infer<typeof Oembed>;

/** As wide as a column of text reads well, and as other embeds of this kind are. */
const WIDTH = 550;
const CACHE_SECONDS = 3600;
/** Less than this on a side, in pixels, shows nothing. */
const SMALLEST_PICTURE = 48;

/**
 * The tweet for other sites to show: a quotation without script or style, so it looks like the page that shows it.
 *
 * @param limits the most that the consumer has room for, in pixels
 */
export function oembedFor(
  tweet: Tweet,
  site: Site,
  limits: { maxwidth?: number | undefined; maxheight?: number | undefined } = {},
): Oembed {
  const { origin } = new URL(site.publicUrl);
  const url = publicUrl(tweetPath(tweet), site);
  const author = publicUrl(profilePath(tweet.author), site);
  const width = Math.min(WIDTH, limits.maxwidth ?? WIDTH);
  const maxHeight = limits.maxheight ?? Infinity;
  const textHeight = estimatedTextHeight(tweet, width);
  const picture = pictureFor(tweet, site, width, maxHeight - textHeight);
  const name = nameOf(tweet.author);
  const quotation = html`<blockquote class="starling-tweet" cite="${url}">
    ${tweet.text && html`<p dir="auto" ${langAttribute(tweet)}>${linkedText(tweet.text, origin)}</p>`}${
      picture && html`<p><a href="${url}">${picture.element}</a></p>`
    }
    <footer>
      — <a href="${author}"><bdi>${name}</bdi> (@${tweet.author.username})</a>,
      <a href="${url}">${timeElement(tweet)}</a>
    </footer>
  </blockquote>`;
  return {
    type: "rich",
    version: "1.0",
    title: titleOf(tweet),
    author_name: name,
    author_url: author,
    provider_name: SITE_NAME,
    provider_url: origin,
    cache_age: CACHE_SECONDS,
    html: quotation.markup,
    width,
    height: Math.min(textHeight + (picture?.height ?? 0), maxHeight),
  };
}

/** About how many pixels the words take: no server knows another site's font, but the format wants a number. */
function estimatedTextHeight(tweet: Tweet, width: number): number {
  const [characterWidth, lineHeight, margins] = [9, 24, 64];
  const lines = tweet.text.split("\n").map((line) => Math.max(1, Math.ceil((line.length * characterWidth) / width)));
  return margins + lineHeight * (1 + lines.reduce((sum, count) => sum + count, 0));
}

/** The first picture, or a video's preview, scaled to the room there is; null where that is none. */
function pictureFor(tweet: Tweet, site: Site, width: number, room: number): { element: Html; height: number } | null {
  const [media] = tweet.media;
  const source = media && webUrl(media.previewUrl, site.publicUrl);
  if (!source) return null;
  const scale = Math.min(1, width / media.width, room / media.height);
  const [shownWidth, shownHeight] = [Math.floor(media.width * scale), Math.floor(media.height * scale)];
  if (!(shownWidth >= SMALLEST_PICTURE && shownHeight >= SMALLEST_PICTURE)) return null;
  const alt = altText(media, tweet.author);
  const element = html`<img src="${source}" alt="${alt}" width="${shownWidth}" height="${shownHeight}" />`;
  return { element, height: shownHeight };
}
