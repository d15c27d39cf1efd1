import { foldBlankLines, type Piece, piecesOf } from "../../contract/text.ts";
import { html, type Html } from "./html.ts";
import { profilePath } from "./urls.ts";

const BREAK = html`<br />`;

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
 * Renders the text of a tweet as HTML: escaped, with line breaks, URLs and @names as links, and #tags marked. Several
 * blank lines become one.
 *
 * @param text the text as it was tweeted. It is read as it is and cleaned afterwards: a removed character would otherwise
 *   make a name of what is none
 * @param origin goes before the path of each link to this site; "" on the site's own pages
 */
export function linkedText(text: string, origin = ""): Html {
  return html`${piecesOf(foldBlankLines(text)).map((piece) => rendered({ ...piece, text: cleanText(piece.text) }, origin))}`;
}

function rendered(piece: Piece, origin: string): Html {
  switch (piece.kind) {
    case "text":
      return withBreaks(piece.text);
    case "url":
      return html`<a dir="ltr" href="${piece.href}" rel="nofollow noopener ugc">${piece.text}</a>`;
    case "mention":
      // The link sets its own direction: between right-to-left words the @ would otherwise jump behind the name.
      return html`<a dir="ltr" href="${origin + profilePath(piece)}">${piece.text}</a>`;
    case "hashtag":
      return html`<span class="share-tag">${piece.text}</span>`;
  }
}

/** Renders line ends as elements, so that they show without a stylesheet. */
function withBreaks(text: string): Html {
  return html`${text.split("\n").flatMap((line, index) => (index === 0 ? [line] : [BREAK, line]))}`;
}
