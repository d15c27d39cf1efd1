import { useState } from "preact/hooks";
import { foldBlankLines } from "../../../contract/text.ts";
import type { Tweet } from "../api/shapes.ts";
import { RichText } from "./rich-text.tsx";

/** A text with more lines is folded in lists, because it would fill the screen of a phone. */
const MOST_LINES = 12;
/** What a folded text shows. Less than the most, so that unfolding is worth it. */
const FOLDED_LINES = 9;

/** Ids of tweets that the reader has unfolded. They stay so when they scroll out of sight and back. */
const unfolded = new Set<string>();

/** The text of a tweet in a list. A high one shows its beginning and a button for the rest. */
export function FoldedText({ tweet: { id, text, metadata } }: { tweet: Tweet }) {
  const [isWhole, setWhole] = useState(unfolded.has(id));
  const lines = foldBlankLines(text).split("\n");
  const isFolded = !isWhole && lines.length > MOST_LINES;
  return (
    <>
      <RichText
        class="tweet-text"
        id={`text-${id}`}
        text={isFolded ? `${lines.slice(0, FOLDED_LINES).join("\n")} …` : text}
        lang={metadata.lang}
      />
      {isFolded && (
        <button
          type="button"
          class="show-more"
          onClick={() => {
            unfolded.add(id);
            setWhole(true);
          }}
        >
          Show more
        </button>
      )}
    </>
  );
}
