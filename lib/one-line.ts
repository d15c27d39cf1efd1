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
  return shortened(cleanText(text).replace(BIDI_CONTROLS, "").replace(/\s+/g, " ").trim(), max);
}

/** Cuts a line, with an ellipsis as its end. @param max as in {@link oneLine} */
export function shortened(line: string, max: number): string {
  if (line.length <= max) return line;
  const characters = [...graphemes(line)];
  return characters.length <= max
    ? line
    : `${characters
        .slice(0, max - 1)
        .join("")
        .trimEnd()}…`;
}

/** The characters of a text as people see them: an emoji of several code points counts as one. */
export function* graphemes(text: string): Generator<string> {
  for (const { segment } of new Intl.Segmenter("en").segment(text)) yield segment;
}
