const BASE = 36;
const T_MIN = 1;
const T_MAX = 26;
const SKEW = 38;
const DAMP = 700;

/** Characters that IDNA reads as a dot (RFC 3490, section 3.1). */
const FURTHER_DOTS = /[\u3002\uff0e\uff61]/;

/**
 * The length of a domain label in DNS: `xn--` and Punycode (RFC 3492) if the label is not ASCII. The time grows with the
 * square of the label's length, so callers must check the length first.
 */
export function asciiLength(label: string): number {
  const parts = label.split(FURTHER_DOTS);
  return parts.reduce((sum, part) => sum + encodedLength(part), parts.length - 1);
}

function encodedLength(label: string): number {
  // twitter-text's encoder takes DEL for a character that is not ASCII.
  if (!/[^\0-\x7e]/.test(label)) return label.length;
  const points = Array.from(label, (character) => character.codePointAt(0)!);
  const basic = points.filter((point) => point < 0x80).length;
  let length = "xn--".length + basic + (basic > 0 ? 1 : 0);
  let next = 0x80;
  let delta = 0;
  let bias = 72;
  for (let handled = basic; handled < points.length; delta++, next++) {
    const least = Math.min(...points.filter((point) => point >= next));
    delta += (least - next) * (handled + 1);
    next = least;
    for (const point of points) {
      if (point < next) delta++;
      if (point !== next) continue;
      length += digitsOf(delta, bias);
      bias = adapt(delta, handled + 1, handled === basic);
      delta = 0;
      handled++;
    }
  }
  return length;
}

function digitsOf(delta: number, bias: number): number {
  let digits = 1;
  for (let rest = delta, k = BASE; ; k += BASE, digits++) {
    const threshold = Math.min(Math.max(k - bias, T_MIN), T_MAX);
    if (rest < threshold) return digits;
    rest = Math.floor((rest - threshold) / (BASE - threshold));
  }
}

function adapt(delta: number, count: number, first: boolean): number {
  let rest = first ? Math.floor(delta / DAMP) : delta >> 1;
  rest += Math.floor(rest / count);
  let k = 0;
  for (; rest > ((BASE - T_MIN) * T_MAX) >> 1; k += BASE) rest = Math.floor(rest / (BASE - T_MIN));
  return k + Math.floor(((BASE - T_MIN + 1) * rest) / (rest + SKEW));
}

/**
 * The Unicode form of a label that DNS writes as `xn--` and Punycode (RFC 3492, section 6.2). Labels come from a list that
 * is known to be right, so nothing is checked.
 */
export function unicodeLabel(label: string): string {
  const encoded = label.slice("xn--".length);
  const basicEnd = Math.max(encoded.lastIndexOf("-"), 0);
  const points = Array.from(encoded.slice(0, basicEnd), (character) => character.codePointAt(0)!);
  let point = 0x80;
  let bias = 72;
  let index = 0;
  for (let at = basicEnd > 0 ? basicEnd + 1 : 0; at < encoded.length;) {
    const before = index;
    for (let weight = 1, k = BASE; ; k += BASE) {
      const digit = digitOf(encoded.charCodeAt(at++));
      index += digit * weight;
      const threshold = Math.min(Math.max(k - bias, T_MIN), T_MAX);
      if (digit < threshold) break;
      weight *= BASE - threshold;
    }
    const count = points.length + 1;
    bias = adapt(index - before, count, before === 0);
    point += Math.floor(index / count);
    index %= count;
    points.splice(index++, 0, point);
  }
  return String.fromCodePoint(...points);
}

/** The value of a digit: `a` to `z` are 0 to 25, `0` to `9` are 26 to 35. */
function digitOf(code: number): number {
  return code < 0x3a ? code - 0x30 + 26 : code - 0x61;
}
