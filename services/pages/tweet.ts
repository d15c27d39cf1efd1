import type { Media, Tweet, UserRef } from "../../contract/shapes.ts";
import { nameOf } from "../../contract/titles.ts";
import { oneLine } from "../../lib/one-line.ts";
import { html, type Html } from "./html.ts";
import { initial, linkedText } from "./text.ts";
import type { Site } from "./site.ts";
import { localUrl, profilePath, tweetPath } from "./urls.ts";

let timeFormat: Intl.DateTimeFormat | undefined;

/** Made when it is used first: reading the names of months takes longer than all else that a start does here. */
function formatTime(date: Date): string {
  timeFormat ??= new Intl.DateTimeFormat("en-GB", { dateStyle: "long", timeStyle: "short", timeZone: "UTC" });
  return timeFormat.format(date);
}

/** The tweet as an article: author, text, media, time and place. */
export function tweetArticle(tweet: Tweet, site: Site): Html {
  return html`<article class="share-card">
    <h1 class="share-hidden">Tweet by ${nameOf(tweet.author)}</h1>
    ${authorBlock(tweet.author, site)}
    ${tweet.text && html`<p class="share-text" dir="auto" ${langAttribute(tweet)}>${linkedText(tweet.text)}</p>`}
    ${mediaBlock(tweet, site)}
    <p class="share-meta">${timeElement(tweet)}${locationText(tweet)}</p>
  </article>`;
}

/** The tweet in a list of its author's: text and media, and its time, which links to its page. */
export function tweetEntry(tweet: Tweet, site: Site): Html {
  return html`<article class="share-card share-entry">
    ${tweet.text && html`<p class="share-text" dir="auto" ${langAttribute(tweet)}>${linkedText(tweet.text)}</p>`}
    ${mediaBlock(tweet, site)}
    <p class="share-meta"><a href="${tweetPath(tweet)}">${timeElement(tweet)}</a>${locationText(tweet)}</p>
  </article>`;
}

/** @returns ` lang="…"`, or null if the author's client gave no language */
export function langAttribute(tweet: Tweet): Html | null {
  const { lang } = tweet.metadata;
  return lang ? html` lang="${lang}"` : null;
}

/** The time of the tweet, for people and machines: in UTC, because the server does not know the reader's time zone. */
export function timeElement(tweet: Tweet): Html {
  const date = new Date(tweet.createdAt);
  return html`<time datetime="${date.toISOString()}">${formatTime(date)} UTC</time>`;
}

/** @returns the text that replaces a picture or video for people who can't see it */
export function altText(media: Media, author: UserRef): string {
  const fallback = `${media.type === "video" ? "Video" : "Picture"} by ${nameOf(author)}`;
  return oneLine(media.alt ?? "") || fallback;
}

function authorBlock(author: UserRef, site: Site): Html {
  return html`<a class="share-author" href="${profilePath(author)}">
    ${avatarOf(author, site)}
    <span class="share-names"
      ><bdi class="share-name">${nameOf(author)}</bdi> <span class="share-handle">@${author.username}</span></span
    >
  </a>`;
}

/** The picture of a user, or their initial. */
export function avatarOf(user: UserRef, site: Site): Html {
  const url = user.avatarUrl && localUrl(user.avatarUrl, site);
  return url
    ? html`<img class="share-avatar" src="${url}" alt="" width="48" height="48" />`
    : html`<span class="share-avatar" aria-hidden="true">${initial(nameOf(user))}</span>`;
}

function mediaBlock(tweet: Tweet, site: Site): Html | null {
  if (tweet.media.length === 0) return null;
  const figures = tweet.media.map(
    (media) => html`<figure class="share-figure">${mediaElement(media, tweet.author, site)}</figure> `,
  );
  return html`<div class="share-media share-media-${tweet.media.length}">${figures}</div>`;
}

function mediaElement(media: Media, author: UserRef, site: Site): Html | null {
  const url = localUrl(media.url, site);
  const preview = localUrl(media.previewUrl, site);
  if (url === null) return null;
  const alt = altText(media, author);
  if (media.type === "video") {
    return html`<video
      controls
      playsinline
      preload="metadata"
      width="${media.width}"
      height="${media.height}"
      aria-label="${alt}"
      src="${url}"
      ${preview && html` poster="${preview}"`}
    >
      <a href="${url}">${alt}</a>
    </video>`;
  }
  return html`<a href="${url}"
    ><img src="${preview ?? url}" alt="${alt}" width="${media.width}" height="${media.height}"
  /></a>`;
}

function locationText({ location }: Tweet): Html | null {
  if (!location) return null;
  const place = location.name?.trim()
    ? html`<bdi>${oneLine(location.name)}</bdi>`
    : `${location.lat.toFixed(2)}, ${location.lon.toFixed(2)}`;
  return html` <span class="share-place">${place}</span>`;
}
