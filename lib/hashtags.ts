/** A hashtag in a text. Positions are in UTF-16 units; the end is exclusive. */
export interface HashtagSpan {
  start: number;
  end: number;
  /** Without the sign. */
  tag: string;
}

const LETTER = "\\p{L}\\p{M}";
/** Joiners, dots and dashes within words of some languages, as twitter-text lists them. */
const WITHIN_WORDS =
  "\\u200d_\\u200c\\ua67e\\u05be\\u05f3\\u05f4\\uff5e\\u301c\\u309b\\u309c\\u30a0\\u30fb\\u3003\\u0f0b\\u0f0c\\u00b7";
const CHARACTER = `${WITHIN_WORDS}${LETTER}\\p{Nd}`;
/** A selector before the sign belongs to an emoji; behind the sign it makes the sign an emoji. */
const HASHTAG = new RegExp(
  `(?<=\\ufe0e|\\ufe0f|(?<![${CHARACTER}&]))[#＃](?!\\ufe0f|\\u20e3)([${CHARACTER}]*[${LETTER}][${CHARACTER}]*)`,
  "gu",
);
const GOES_ON = /^(?:[#＃]|:\/\/)/;

/**
 * Finds the hashtags in a text by the rules of twitter-text, with the letters and digits of today's Unicode. One that
 * ends in another sign or in `://` is none.
 */
export function findHashtags(text: string): HashtagSpan[] {
  return Array.from(text.matchAll(HASHTAG), ({ 0: whole, 1: tag = "", index: start }) => {
    return { start, end: start + whole.length, tag };
  }).filter(({ end }) => !GOES_ON.test(text.slice(end, end + 3)));
}
