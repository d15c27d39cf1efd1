import type { Media, Tweet } from "../../contract/shapes.ts";
import { profileTitle, tweetTitle } from "../../contract/titles.ts";
import { oneLine } from "../../lib/one-line.ts";
import { html, type Html } from "./html.ts";
import { altText } from "./tweet.ts";
import { type Site, SITE_NAME } from "./site.ts";
import { profilePath, publicUrl, tweetPath, webUrl } from "./urls.ts";

/** The title of a tweet on other sites, which need the username, too: anyone can take any display name. */
export function previewTitle(tweet: Tweet): string {
  return tweetTitle(tweet, profileTitle(tweet.author));
}

/**
 * The head elements that other sites read to show a tweet: description, canonical address, OpenGraph, Twitter card and
 * the address of its oEmbed. A video gets a picture card, because a player card needs a page that other sites may
 * frame, and the policy of these pages forbids framing.
 */
export function tweetHead(tweet: Tweet, site: Site): Html[] {
  const url = publicUrl(tweetPath(tweet), site);
  const title = previewTitle(tweet);
  const description = oneLine(tweet.text) || tweet.media.map((media) => altText(media, tweet.author)).join(". ");
  const cards = tweet.media.flatMap((media) => mediaTags(media, tweet, site));
  const avatar = tweet.author.avatarUrl && webUrl(tweet.author.avatarUrl, site.publicUrl);
  return [
    named("description", description),
    link("canonical", url),
    property("og:type", "article"),
    property("og:site_name", SITE_NAME),
    property("og:url", url),
    property("og:title", title),
    property("og:description", description),
    property("article:published_time", new Date(tweet.createdAt).toISOString()),
    property("article:author", publicUrl(profilePath(tweet.author), site)),
    ...cards,
    ...(cards.length === 0 && avatar ? [property("og:image", avatar)] : []),
    named("twitter:card", cards.length > 0 ? "summary_large_image" : "summary"),
    named("twitter:title", title),
    named("twitter:description", description),
    html`<link rel="alternate" type="application/json+oembed" href="${oembedUrl(url, site)}" title="${title}" /> `,
  ];
}

/** Keeps a page out of search engines. */
export const NOINDEX = named("robots", "noindex");

/** @returns a meta element with a `name` */
export function named(name: string, content: string): Html {
  return html`<meta name="${name}" content="${content}" /> `;
}

/** @returns a meta element with a `property`, as OpenGraph has them */
export function property(name: string, content: string): Html {
  return html`<meta property="${name}" content="${content}" /> `;
}

/** @returns a link element */
export function link(rel: string, href: string): Html {
  return html`<link rel="${rel}" href="${href}" /> `;
}

function oembedUrl(url: string, site: Site): string {
  return publicUrl(`/oembed?url=${encodeURIComponent(url)}`, site);
}

function mediaTags(media: Media, tweet: Tweet, site: Site): Html[] {
  const url = webUrl(media.url, site.publicUrl);
  const image = media.type === "image" ? url : webUrl(media.previewUrl, site.publicUrl);
  const size = (kind: string) => [
    property(`og:${kind}:width`, String(media.width)),
    property(`og:${kind}:height`, String(media.height)),
  ];
  const tags: Html[] = [];
  if (image)
    tags.push(property("og:image", image), ...size("image"), property("og:image:alt", altText(media, tweet.author)));
  if (url && media.type === "video") {
    const type = media.contentType === undefined ? [] : [property("og:video:type", media.contentType)];
    tags.push(property("og:video", url), ...type, ...size("video"));
  }
  return tags;
}
