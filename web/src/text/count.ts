import * as emojiModule from "twemoji-parser/dist/lib/regex.js";
import { findUrls } from "./urls.ts";

/** Maximum length of a tweet in weighted characters. */
export const MAX_WEIGHT = 280;
const URL_WEIGHT = 23;

/** The pattern comes from a CommonJS module, whose default export differs between bundlers and Node.js. */
const emoji = ((module: { default: RegExp | { default: RegExp } }) =>
  "default" in module.default ? module.default.default : module.default)(emojiModule);

/**
 * The weighted length of a tweet by twitter-text's configuration 3: a character counts 1 in most scripts, CJK characters
 * and emoji count 2, a URL counts 23.
 *
 * @param text as typed; it is normalized to Unicode's composed form (NFC) before counting
 */
export function weightedLength(text: string): number {
  const normalized = text.normalize();
  const lengths = new Map<number, { length: number; weight: number }>();
  for (const match of normalized.matchAll(emoji)) lengths.set(match.index, { length: match[0].length, weight: 2 });
  for (const { start, end } of findUrls(normalized)) lengths.set(start, { length: end - start, weight: URL_WEIGHT });

  let total = 0;
  for (let at = 0; at < normalized.length;) {
    const whole = lengths.get(at);
    const point = normalized.codePointAt(at)!;
    total += whole?.weight ?? weightOf(point);
    at += whole?.length ?? (point > 0xffff ? 2 : 1);
  }
  return total;
}

function weightOf(point: number): 1 | 2 {
  const light =
    point <= 0x10ff ||
    (point >= 0x2000 && point <= 0x200d) ||
    (point >= 0x2010 && point <= 0x201f) ||
    (point >= 0x2032 && point <= 0x2037);
  return light ? 1 : 2;
}
