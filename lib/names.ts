/** Letters with a stroke or a ligature, which Unicode does not take apart, and what people type for them. */
const PLAIN: Record<string, string> = {
  ß: "ss",
  æ: "ae",
  œ: "oe",
  ø: "o",
  đ: "d",
  ð: "d",
  ħ: "h",
  ı: "i",
  ł: "l",
  þ: "th",
  ς: "σ",
};
const PLAIN_LETTERS = new RegExp(`[${Object.keys(PLAIN).join("")}]`, "g");

/** Accents and other marks that people leave out when they search; but not the voiced marks of Japanese. */
const ACCENTS = /[\p{Script=Inherited}\u0483-\u0487\u0591-\u05c7\u0640]/gu;
const VOICED = /[\u3099\u309a]/;

/** Scripts that are written without spaces, so that a name may begin anywhere in a run of letters. */
const UNSPACED = /[\p{sc=Han}\p{sc=Hira}\p{sc=Kana}\p{sc=Hang}\p{sc=Thai}\p{sc=Lao}\p{sc=Khmr}\p{sc=Mymr}]/u;

/** Longest key, in UTF-16 units. A longer query is compared with the whole name afterwards. */
const KEY_UNITS_LIMIT = 32;
const KEYS_LIMIT = 64;

/** The words of a name or a query, without case, width and accents, joined by spaces. Emoji count as letters. */
export function foldName(text: string): string {
  return text
    .normalize("NFKD")
    .replace(ACCENTS, (mark) => (VOICED.test(mark) ? mark : ""))
    .toLowerCase()
    .normalize("NFKD")
    .replace(ACCENTS, (mark) => (VOICED.test(mark) ? mark : ""))
    .replace(PLAIN_LETTERS, (letter) => PLAIN[letter]!)
    .normalize("NFC")
    .replace(/['’ʼ`]/g, "")
    .split(/[\s\p{P}\p{Z}\p{C}]+/u)
    .filter((word) => word !== "")
    .join(" ");
}

/** The name from each place on where it may be sought, with what stands before that place at the end. */
function turns(folded: string): string[] {
  const found: string[] = [];
  let at = 0;
  let before = " ";
  for (const letter of folded) {
    if (letter !== " " && (before === " " || UNSPACED.test(letter))) {
      found.push(`${folded.slice(at)} ${folded.slice(0, at)}`.trim());
    }
    before = letter;
    at += letter.length;
  }
  return found;
}

/** A user's names, as far as they matter for a search. */
interface Named {
  username: string;
  displayName: string;
}

/**
 * The keys under which a user is found: a search finds the keys that begin with {@link foldName} of what was typed. Each
 * name is there once for each of its words, turned so that the word comes first: "maria lindqvist", "lindqvist maria".
 */
export function searchKeys({ username, displayName }: Named): string[] {
  const all = [displayName, username].flatMap((name) => turns(foldName(name)));
  return [...new Set(all.map((key) => cut(key)))].slice(0, KEYS_LIMIT);
}

/** The beginning that all keys for a folded query have. */
export function cut(folded: string): string {
  return folded
    .slice(0, KEY_UNITS_LIMIT)
    .toWellFormed()
    .replace(/\ufffd$/, "")
    .trim();
}

/**
 * How well a user's names match what was typed.
 *
 * @param typed a name, words' beginnings in any order, or an `@` with the beginning of a username
 * @returns 0 for the same username, 1 for the same name, 2 when a name begins so, 3 when one of its words does, 4 when
 *   each typed word begins another word; null when the names do not match
 */
export function matchName(user: Named, typed: string): number | null {
  const name = typed
    .trim()
    .replace(/^[@＠]/, "")
    .toLowerCase();
  const username = user.username.toLowerCase();
  if (name === username) return 0;
  if (name !== "" && username.startsWith(name)) return 2;
  const query = foldName(typed);
  if (query === "") return null;
  const names = [foldName(user.displayName), foldName(user.username)];
  if (names.includes(query)) return 1;
  if (names.some((one) => one.startsWith(query))) return 2;
  const all = names.flatMap(turns);
  if (all.some((one) => one.startsWith(query))) return 3;
  return query.split(" ").every((word) => all.some((one) => one.startsWith(word))) ? 4 : null;
}
