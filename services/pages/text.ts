import twitterText, { type EntityWithIndices } from "twitter-text";
import { html, type Html } from "./html.ts";
import { profilePath, webUrl } from "./urls.ts";

/** Longer addresses are cut in what is shown; the link itself is whole. About half a line of a phone. */
const SHOWN_URL_LENGTH = 40;
const MAX_USERNAME_LENGTH = 15;
const BREAK = html`<br />`;

/** Control characters but for newline and tab, which HTML refuses. */
// eslint-disable-next-line no-control-regex
const CONTROLS = /[\u0000-\u0008\u000B-\u001F\u007F-\u009F\uFFFE\uFFFF]/g;
/** Overrides and isolates: left open in a title they would turn round what others write after it. */
const BIDI_CONTROLS = /[\u202A-\u202E\u2066-\u2069]/g;

/** @returns the text without what HTML cannot carry: control characters and half surrogate pairs */
export function cleanText(text: string): string {
  return text.replace(/\r\n?/g, "\n").replace(CONTROLS, "").toWellFormed();
}

/** @returns the text on one line, for titles, attributes and plain-text fields, whole or cut at `max` characters as people see them */
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

/** @returns the name's first character as people see it (an emoji of several code points is one), for where there is no picture */
export function initial(name: string): string {
  const [first = "?"] = graphemes(oneLine(name));
  return first.toLocaleUpperCase("en");
}

function* graphemes(text: string): Generator<string> {
  for (const { segment } of new Intl.Segmenter("en").segment(text)) yield segment;
}

/**
 * A tweet's text as HTML: escaped, with its lines, its URLs and @names as links and its #tags marked.
 *
 * @param text as it was tweeted
 * @param origin what stands before the paths of this site's links: "" on its own pages
 */
export function linkedText(text: string, origin = ""): Html {
  const clean = cleanText(text);
  const pieces: Html[] = [];
  let end = 0;
  // The indices count UTF-16 units, as strings do here, and the entities come in order, none overlapping.
  for (const entity of twitterText.extractEntitiesWithIndices(clean)) {
    const [start, stop] = entity.indices;
    const link = linkEntity(entity, clean.slice(start, stop), origin);
    if (!link) continue;
    pieces.push(withBreaks(clean.slice(end, start)), link);
    end = stop;
  }
  pieces.push(withBreaks(clean.slice(end)));
  return html`${pieces}`;
}

function linkEntity(entity: EntityWithIndices, shown: string, origin: string): Html | null {
  if ("url" in entity) return linkUrl(entity.url);
  if ("hashtag" in entity) return html`<span class="share-tag">${shown}</span>`;
  if ("screenName" in entity && entity.screenName.length <= MAX_USERNAME_LENGTH) {
    // A Twitter list (@name/list) is a name and some text here.
    const name = shown.slice(0, 1 + entity.screenName.length);
    const path = profilePath({ username: entity.screenName });
    // Of its own direction: between words that run from right to left the @ would jump behind the name.
    return html`<a dir="ltr" href="${origin + path}">${name}</a>${shown.slice(name.length)}`;
  }
  return null;
}

function linkUrl(url: string): Html | null {
  const href = webUrl(/^https?:\/\//i.test(url) ? url : `https://${url}`);
  if (href === null) return null;
  const shown = oneLine(url.replace(/^https?:\/\//i, ""), SHOWN_URL_LENGTH);
  return html`<a dir="ltr" href="${href}" rel="nofollow noopener ugc">${shown}</a>`;
}

/** Line ends as elements: they show without a stylesheet too. */
function withBreaks(text: string): Html {
  return html`${text.split("\n").flatMap((line, index) => (index === 0 ? [line] : [BREAK, line]))}`;
}
