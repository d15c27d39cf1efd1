/** Not the names of keys, such as "Enter". */
const LETTER = /^(?:[a-z]|[^\0-\x7f]+)$/i;
const LATIN = /^\p{Script=Latin}/u;
/** Marks that other layouts have elsewhere. */
const PLACES: Readonly<Record<string, string>> = { Slash: "/", Period: "." };

/** What a key press tells of the key. */
export interface KeyPress {
  readonly key: string;
  readonly code: string;
  readonly shiftKey: boolean;
}

/**
 * The key of a shortcut, whatever the layout: what it types, without the effect of Caps Lock. Where that is no Latin
 * letter, as in Greek, Cyrillic or Arabic layouts, the key's place counts, by the letter that it has in the US layout.
 *
 * @returns null for a letter with Shift, which is no shortcut
 */
export function shortcutKey({ key, code, shiftKey }: KeyPress): string | null {
  if (key === "\u061f" || key === "\uff1f" || key === "\u037e") return "?";
  if (!LETTER.test(key)) return key;
  if (shiftKey) return code === "Slash" ? "?" : null;
  if (PLACES[code] !== undefined && !LATIN.test(key)) return PLACES[code];
  if (LATIN.test(key)) return key.toLowerCase();
  return /^Key([A-Z])$/.exec(code)?.[1]?.toLowerCase() ?? key;
}
