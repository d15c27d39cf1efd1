import { foldBlankLines, piecesOf } from "../../../contract/text.ts";

/** A tweet's or a bio's text, in which URLs and mentions are links and tags are highlighted. Each line has its own direction. */
export function RichText({ text, class: name, lang }: { text: string; class: string; lang?: string | undefined }) {
  return (
    <p class={`rich-text ${name}`} dir="auto" lang={lang}>
      {piecesOf(foldBlankLines(text)).map((piece, index) => {
        switch (piece.kind) {
          case "text":
            return piece.text;
          case "url":
            return (
              <a key={index} href={piece.href} dir="ltr" target="_blank" rel="nofollow noopener ugc">
                {piece.text}
              </a>
            );
          case "mention":
            return (
              <a key={index} href={`/user/${piece.username}`} dir="ltr">
                {piece.text}
              </a>
            );
          case "hashtag":
            return (
              <span key={index} class="tag">
                {piece.text}
              </span>
            );
        }
      })}
    </p>
  );
}
