/**
 * A character that shows something. Unassigned characters count as such: fonts show a box, or an emoji that is newer
 * than this Unicode. The characters at the end have a visible category, but no glyph: the joiners of Tifinagh and of
 * Brahmi's numbers, the filler of Khitan, the blanks of hieroglyphs, the empty braille cell, the place of an object that
 * was not pasted along, and the empty note head.
 */
const VISIBLE =
  /[^\p{White_Space}\p{Default_Ignorable_Code_Point}\p{Cc}\p{Cf}\p{Cs}\p{Co}\u2d7f\u{1107f}\u{16fe4}\u{13441}\u{13442}\u2800\ufffc\u{1d159}]/u;

/** Invisible characters, but joiners, variation selectors and tags, which emoji and some scripts need. */
const NEEDED_NOWHERE =
  /(?![\u200c\u200d\p{Variation_Selector}\u{e0020}-\u{e007f}])[\p{Default_Ignorable_Code_Point}\ufff9-\ufffb]/gu;
/** Tags, which only the flags of regions need: a black flag, tags and the end of the tags. */
const TAGS = /(\u{1f3f4}[\u{e0020}-\u{e007e}]+\u{e007f})|[\u{e0020}-\u{e007f}]/gu;
/** Joiners and selectors where they change nothing: at the beginning, and in scripts without joined letters. */
const IDLE_JOINERS =
  /(?<=^|[\s\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}])[\u200c\u200d\p{Variation_Selector}]+/gu;
const JOINERS = /[\u200c\u200d\p{Variation_Selector}]+/gu;
/** At one place, no script needs more than a selector and a joiner. */
const USEFUL_JOINERS = /^\p{Variation_Selector}?[\u200c\u200d]?/u;

/** Whether a text shows nothing: it is empty, or has only white space and invisible characters. */
export function isBlank(text: string): boolean {
  return !VISIBLE.test(text);
}

/** A byte order mark at the beginning comes along when text is pasted from a file. */
export function withoutByteOrderMark(text: string): string {
  return text.replace(/^\ufeff/, "");
}

/**
 * Removes what would only deceive in a name: characters that change the direction of the text around them, and invisible
 * ones, by which two names would look alike. Emoji, and the joiners of scripts such as Persian, stay.
 */
export function withoutDisguise(name: string): string {
  return name
    .replace(NEEDED_NOWHERE, "")
    .replace(TAGS, "$1")
    .replace(IDLE_JOINERS, "")
    .replace(JOINERS, (run) => USEFUL_JOINERS.exec(run)![0]);
}
