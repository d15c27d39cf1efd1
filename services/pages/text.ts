import type { HashtagWithIndices } from "twitter-text";
import hashtagsIn from "twitter-text/dist/extractHashtagsWithIndices.js";
import { mentionsIn } from "../../contract/usernames.ts";
import { findUrls } from "../../lib/urls.ts";
import { html, type Html } from "./html.ts";
import { profilePath, webUrl } from "./urls.ts";

/** The shown text of a longer URL is cut, but the link stays whole. This is about half a line on a phone. */
const SHOWN_URL_LENGTH = 40;
const BREAK = html`<br />`;

/** Something in a text that becomes a link or is marked. The positions count UTF-16 units; the end is exclusive. */
type Entity = { indices: [number, number] } & (
  { url: string } | Pick<HashtagWithIndices, "hashtag"> | { username: string }
);

/** Control characters that HTML forbids: all but newline and tab. */
// eslint-disable-next-line no-control-regex
const CONTROLS = /[\u0000-\u0008\u000B-\u001F\u007F-\u009F\uFFFE\uFFFF]/g;
/** Overrides and isolates: one left open in a title would reverse the text that other sites write after the title. */
const BIDI_CONTROLS = /[\u202A-\u202E\u2066-\u2069]/g;

/** @returns the text without the characters that HTML forbids: control characters and halves of surrogate pairs */
export function cleanText(text: string): string {
  return text.replace(/\r\n?/g, "\n").replace(CONTROLS, "").toWellFormed();
}

/**
 * Puts text on one line, for titles, attributes and plain-text fields.
 *
 * @param max the length at which to cut the text, in characters as people see them
 */
export function oneLine(text: string, max = Infinity): string {
  const line = cleanText(text).replace(BIDI_CONTROLS, "").replace(/\s+/g, " ").trim();
  if (line.length <= max) return line;
  const characters = [...graphemes(line)];
  return characters.length <= max
    ? line
    : `${characters
        .slice(0, max - 1)
        .join("")
        .trimEnd()}…`;
}

/**
 * The initial that stands for a missing picture.
 *
 * @returns the first character of the name as people see it: an emoji of several code points counts as one
 */
export function initial(name: string): string {
  const [first = "?"] = graphemes(oneLine(name));
  return first.toLocaleUpperCase("en");
}

function* graphemes(text: string): Generator<string> {
  for (const { segment } of new Intl.Segmenter("en").segment(text)) yield segment;
}

/**
 * Renders the text of a tweet as HTML: escaped, with line breaks, URLs and @names as links, and #tags marked.
 *
 * @param text the text as it was tweeted
 * @param origin goes before the path of each link to this site; "" on the site's own pages
 */
export function linkedText(text: string, origin = ""): Html {
  const clean = cleanText(text);
  const pieces: Html[] = [];
  let end = 0;
  for (const entity of entitiesIn(clean)) {
    const [start, stop] = entity.indices;
    const link = linkEntity(entity, clean.slice(start, stop), origin);
    if (!link) continue;
    pieces.push(withBreaks(clean.slice(end, start)), link);
    end = stop;
  }
  pieces.push(withBreaks(clean.slice(end)));
  return html`${pieces}`;
}

/** In order, without overlaps: the first of two wins, and a URL wins if both start together, since sort() is stable. */
function entitiesIn(text: string): Entity[] {
  const urls = findUrls(text).map(({ start, end }): Entity => ({ url: text.slice(start, end), indices: [start, end] }));
  const mentions = mentionsIn(text).map(({ start, end, username }): Entity => ({ username, indices: [start, end] }));
  const hashtags = hashtagsIn(text, { checkUrlOverlap: false });
  let end = 0;
  return [...urls, ...mentions, ...hashtags]
    .sort((a, b) => a.indices[0] - b.indices[0])
    .filter(({ indices: [start, stop] }) => {
      if (start < end) return false;
      end = stop;
      return true;
    });
}

function linkEntity(entity: Entity, shown: string, origin: string): Html | null {
  if ("url" in entity) return linkUrl(entity.url);
  if ("hashtag" in entity) return html`<span class="share-tag">${shown}</span>`;
  // The link sets its own direction: between right-to-left words the @ would otherwise jump behind the name.
  return html`<a dir="ltr" href="${origin + profilePath(entity)}">${shown}</a>`;
}

function linkUrl(url: string): Html | null {
  const href = webUrl(/^https?:\/\//i.test(url) ? url : `https://${url}`);
  if (href === null) return null;
  const shown = oneLine(url.replace(/^https?:\/\//i, ""), SHOWN_URL_LENGTH);
  return html`<a dir="ltr" href="${href}" rel="nofollow noopener ugc">${shown}</a>`;
}

/** Renders line ends as elements, so that they show without a stylesheet. */
function withBreaks(text: string): Html {
  return html`${text.split("\n").flatMap((line, index) => (index === 0 ? [line] : [BREAK, line]))}`;
}
