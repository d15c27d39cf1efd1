/** No common password is longer, in characters; longer ones are not looked up. */
const COMMON_LENGTH_LIMIT = 24;
/** `abcabcabc` repeats a unit of three. Units up to this length, in characters, make a common password. */
const REPEATED_LIMIT = 6;
/** Runs on keyboards and in the alphabet, which people type in both directions. */
const RUNS = ["abcdefghijklmnopqrstuvwxyz", "01234567890", "qwertyuiopasdfghjklzxcvbnm", "qwertzuiopasdfghjklyxcvbnm"];
const BOTH_WAYS = RUNS.flatMap((run) => [run, reversed(run)]);
/** A day of the years 1900 to 2099, in any order of its parts. */
const DATE =
  /^(?:[0-3]\d[01]\d(?:19|20)\d\d|[01]\d[0-3]\d(?:19|20)\d\d|(?:19|20)\d\d[01]\d[0-3]\d|(?:19|20)\d\d[0-3]\d[01]\d)$/;
/** What shows nothing: blanks, and characters that are invisible by themselves. */
const BLANK = /^[\p{White_Space}\p{Default_Ignorable_Code_Point}\p{Cc}\u2800]*$/u;

/**
 * The list has about 18,000 common passwords of 8 characters and more, all in lower case. It is loaded with the first
 * new password, because reading it takes some 30 ms.
 */
let loading: Promise<ReadonlySet<string>> | undefined;
function commonPasswords(): Promise<ReadonlySet<string>> {
  return (loading ??= import("@zxcvbn-ts/language-common").then(
    ({ dictionary }) => new Set(dictionary["passwords-common"].filter((word) => word.length >= 8)),
  ));
}

/**
 * Finds out whether a new password is one of the first that a guesser tries. The time is linear in the password's
 * length, unlike that of estimates of its strength.
 *
 * @param names the account's own names and the site's; with digits before or behind, and backwards, they are weak, too
 * @returns the reason, to follow the name of the field; null for a good password
 */
export async function weaknessOf(password: string, names: string[]): Promise<string | null> {
  const text = password.normalize("NFC").toLowerCase();
  if (BLANK.test(text)) return "must not be blank";
  if ([...text].length <= COMMON_LENGTH_LIMIT && (await isCommon(text))) return "is one of the most common passwords";
  const bare = bareOf(text);
  const own = names.map(bareOf).flatMap((name) => [name, core(name)].flatMap((form) => [form, reversed(form)]));
  if ([bare, core(bare)].some((form) => form !== "" && own.includes(form)))
    return "must not be your name or the site's";
  return null;
}

async function isCommon(text: string): Promise<boolean> {
  if (isRepeated(text) || DATE.test(text)) return true;
  const common = await commonPasswords();
  // A mark at the end is the first thing that a guesser adds.
  return [text, text.replace(/[^\p{L}\p{N}]{1,3}$/u, "")].some(
    (form) => common.has(form) || (form.length >= 6 && BOTH_WAYS.some((run) => run.includes(form))),
  );
}

function isRepeated(text: string): boolean {
  for (let length = 1; length <= Math.min(REPEATED_LIMIT, text.length / 2); length++) {
    if (
      text
        .slice(0, length)
        .repeat(Math.ceil(text.length / length))
        .startsWith(text)
    )
      return true;
  }
  return false;
}

/** Letters and digits alone, in lower case. */
function bareOf(text: string): string {
  return text
    .normalize("NFC")
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]/gu, "");
}

/** Without the digits at both ends. */
function core(bare: string): string {
  return bare.replace(/^\p{N}+/u, "").replace(/(?<!\p{N})\p{N}+$/u, "");
}

function reversed(text: string): string {
  return [...text].reverse().join("");
}
