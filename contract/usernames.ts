/** Longest username, in characters. */
export const USERNAME_LIMIT = 30;

/** What a username is made of. */
export const USERNAME = new RegExp(`^[A-Za-z0-9_]{1,${USERNAME_LIMIT}}$`);

/**
 * The name that somebody means who types or pastes it: phones add a space, pages add marks that show nothing, people write
 * the `@` too, and keyboards for East Asian scripts have wide letters.
 */
export function typedName(text: string): string {
  return text
    .normalize("NFKC")
    .replace(/[\p{Cf}\s]+/gu, "")
    .replace(/^@/, "");
}

/** A place in a text where somebody is named. The positions count UTF-16 units; the end is exclusive. */
export interface Mention {
  start: number;
  end: number;
  /** Without the `@`. */
  username: string;
}

/** Letters with accents. A name that one of them follows goes on, so it is not a username. */
const ACCENTED = "\\u0300-\\u036f\\u00c0-\\u00d6\\u00d8-\\u00f6\\u00f8-\\u024f\\u0253-\\u02bb\\u1e00-\\u1eff";
/** After these characters, an `@` belongs to something else, such as an address of mail. `RT@name` is a retweet. */
const BEFORE = "(?:(?<![A-Za-z0-9_!#$%&*@＠])|(?<=(?<![A-Za-z0-9_+~.@＠-])[Rr][Tt]))";
const MENTION = new RegExp(`${BEFORE}[@＠]([A-Za-z0-9_]{1,${USERNAME_LIMIT}})(?![${ACCENTED}A-Za-z0-9_@＠]|://)`, "g");

/**
 * Finds the names in a text, in the time of one pass. The rules are those of twitter-text but for the length of names,
 * which ends at 20 there; and a longer word is no name, instead of its beginning.
 */
export function mentionsIn(text: string): Mention[] {
  return Array.from(text.matchAll(MENTION), ({ 0: whole, 1: username, index }) => {
    return { start: index, end: index + whole.length, username: username! };
  });
}
