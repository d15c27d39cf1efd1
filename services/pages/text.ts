import { foldBlankLines, type Piece, piecesOf } from "../../contract/text.ts";
import { cleanText, graphemes, oneLine } from "../../lib/one-line.ts";
import { html, type Html } from "./html.ts";
import { profilePath } from "./urls.ts";

const BREAK = html`<br />`;

/**
 * The initial that stands for a missing picture.
 *
 * @returns the first character of the name as people see it: an emoji of several code points counts as one
 */
export function initial(name: string): string {
  const [first = "?"] = graphemes(oneLine(name));
  return first.toLocaleUpperCase("en");
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
