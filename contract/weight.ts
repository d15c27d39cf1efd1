import * as emojiModule from "twemoji-parser/dist/lib/regex.js";
import { findUrls } from "../lib/urls.ts";

/** Maximum length of a tweet in weighted characters. */
export const MAX_WEIGHT = 280;
/** Maximum length of a tweet in UTF-16 units. URLs weigh little, so a text within the weight may be long. */
export const MAX_UNITS = 10_000;
const URL_WEIGHT = 23;
/**
 * A run of combining marks longer than this, in UTF-16 units, is too long in any form: a URL has at most 4096 of them.
 * Sorting a run by NFC takes time that grows with its square: 10,000 marks would take as long as 10,000 tweets.
 */
const LONGEST_MARKS = 4700;

/** The pattern comes from a CommonJS module, whose default export differs between bundlers and Node.js. */
const emoji = ((module: { default: RegExp | { default: RegExp } }) =>
  "default" in module.default ? module.default.default : module.default)(emojiModule);

/**
 * The weighted length of a tweet, in time that grows with its length only, by twitter-text's configuration 3: a character counts 1 in most scripts, CJK characters
 * and emoji count 2, a URL counts 23.
 *
 * Texts of more than MAX_UNITS are too long whatever they weigh, so their weight is not exact, but above MAX_WEIGHT.
 *
 * @param text as typed; it is normalized to Unicode's composed form (NFC) before counting
 */
export function weightedLength(text: string): number {
  if (text.length > MAX_UNITS) return MAX_WEIGHT + text.length - MAX_UNITS;
  return weigh(composed(text)).total;
}

/**
 * How much of a text fits into a tweet, in UTF-16 units: all before the first character, emoji or URL that is too much.
 *
 * @param text as typed
 */
export function fittingUnits(text: string): number {
  const start = text.slice(0, MAX_UNITS);
  const normalized = composed(start);
  const { fits } = weigh(normalized);
  if (normalized === start) return fits;
  // The longest beginning that is no longer than that in NFC, to which the typed text may be longer or shorter.
  let [least, most] = [0, start.length];
  while (least < most) {
    const middle = Math.ceil((least + most) / 2);
    if (composed(start.slice(0, middle)).length <= fits) least = middle;
    else most = middle - 1;
  }
  return least;
}

/** @returns the weight of a text, and how many of its UTF-16 units are within MAX_WEIGHT */
function weigh(normalized: string): { total: number; fits: number } {
  const lengths = new Map<number, { length: number; weight: number }>();
  for (const match of normalized.matchAll(emoji)) lengths.set(match.index, { length: match[0].length, weight: 2 });
  for (const { start, counted } of findUrls(normalized)) lengths.set(start, { length: counted, weight: URL_WEIGHT });

  let total = 0;
  let fits = 0;
  for (let at = 0; at < normalized.length;) {
    const whole = lengths.get(at);
    const point = normalized.codePointAt(at)!;
    total += whole?.weight ?? weightOf(point);
    at += whole?.length ?? (point > 0xffff ? 2 : 1);
    if (total <= MAX_WEIGHT) fits = at;
  }
  return { total, fits };
}

/** The text in NFC, or as it is if that would take long. The text is then far too long anyway. */
function composed(text: string): string {
  const marks = text.match(/\p{M}+/gu) ?? [];
  return marks.some((run) => run.length > LONGEST_MARKS) ? text : text.normalize();
}

function weightOf(point: number): 1 | 2 {
  const light =
    point <= 0x10ff ||
    (point >= 0x2000 && point <= 0x200d) ||
    (point >= 0x2010 && point <= 0x201f) ||
    (point >= 0x2032 && point <= 0x2037);
  return light ? 1 : 2;
}
