import { z } from "zod";
import type { Tweet } from "../../contract/shapes.ts";
import { nameOf } from "../../contract/titles.ts";
import { type Html, html } from "./html.ts";
import { previewTitle } from "./meta.ts";
import { linkedText } from "./text.ts";
import { altText, langAttribute, timeElement } from "./tweet.ts";
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
    cache_age: z
      .int()
      .describe("the seconds for which a cache may keep this; not long, because the author may delete the tweet"),
    html: z.string().describe("a blockquote without script or style"),
    width: z.int(),
    height: z.int(),
  })
  .meta({ id: "Oembed" });
export type Oembed = z.infer<typeof Oembed>;

/** A readable column of text, and the width of comparable embeds. */
const WIDTH_PX = 550;
/** An author may delete the tweet, so other sites should ask again soon. */
const CACHE_SECONDS = 3600;
/** A picture with a shorter side shows nothing recognisable. */
const SMALLEST_PICTURE_PX = 48;

/**
 * Renders a tweet for other sites: a blockquote without script or style, so that it takes the look of the page around
 * it.
 *
 * @param limits the space that the consumer has, in pixels
 */
export function oembedFor(
  tweet: Tweet,
  site: Site,
  limits: { maxwidth?: number | undefined; maxheight?: number | undefined } = {},
): Oembed {
  const { origin } = new URL(site.publicUrl);
  const url = publicUrl(tweetPath(tweet), site);
  const author = publicUrl(profilePath(tweet.author), site);
  const width = Math.min(WIDTH_PX, limits.maxwidth ?? WIDTH_PX);
  const maxHeight = limits.maxheight ?? Infinity;
  const textHeight = estimatedTextHeight(tweet, width);
  const picture = pictureFor(tweet, site, width, maxHeight - textHeight);
  const name = nameOf(tweet.author);
  const quotation = html`<blockquote class="starling-tweet" cite="${url}">
    ${tweet.text && html`<p dir="auto" style="unicode-bidi: plaintext" ${langAttribute(tweet)}>${linkedText(tweet.text, origin)}</p>`}${
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
    title: previewTitle(tweet),
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

/** Estimates the height of the text, in pixels: the format requires one, but the other site's font is unknown here. */
function estimatedTextHeight(tweet: Tweet, width: number): number {
  const [characterWidth, lineHeight, margins] = [9, 24, 64];
  const lines = tweet.text.split("\n").map((line) => Math.max(1, Math.ceil((line.length * characterWidth) / width)));
  return margins + lineHeight * (1 + lines.reduce((sum, count) => sum + count, 0));
}

/** The first picture or a video's preview, at most `width` wide and `room` high; null if that is too small to see. */
function pictureFor(tweet: Tweet, site: Site, width: number, room: number): { element: Html; height: number } | null {
  const [media] = tweet.media;
  const source = media && webUrl(media.previewUrl, site.publicUrl);
  if (!source) return null;
  const scale = Math.min(1, width / media.width, room / media.height);
  const [shownWidth, shownHeight] = [Math.floor(media.width * scale), Math.floor(media.height * scale)];
  if (!(shownWidth >= SMALLEST_PICTURE_PX && shownHeight >= SMALLEST_PICTURE_PX)) return null;
  const alt = altText(media, tweet.author);
  const element = html`<img src="${source}" alt="${alt}" width="${shownWidth}" height="${shownHeight}" />`;
  return { element, height: shownHeight };
}
