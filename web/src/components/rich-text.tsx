import { foldBlankLines, piecesOf } from "../../../contract/text.ts";

interface Props {
  text: string;
  class: string;
  id?: string | undefined;
  lang?: string | undefined;
}

/** A tweet's or a bio's text, in which URLs and mentions are links. Each line has its own direction. */
export function RichText({ text, class: name, id, lang }: Props) {
  return (
    <p class={`rich-text ${name}`} id={id} dir="auto" lang={lang}>
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
          // It looks like the text around it, as long as it leads nowhere.
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
