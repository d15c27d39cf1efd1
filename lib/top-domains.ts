import { tlds } from "@hapi/tlds";
import { unicodeLabel } from "./punycode.ts";

/** IANA's top-level domains in lower case. Those of other scripts are there as Punycode and in Unicode. */
const TOP_DOMAINS = new Set(
  [...tlds].flatMap((name) => (name.startsWith("xn--") ? [name, unicodeLabel(name)] : [name])),
);
const ASCII_RUN = /[a-z0-9-]*/iy;
const NOT_ASCII = /[^\0-\x7f]/;
/** Longest top-level domain that is not ASCII, in UTF-16 units. */
const UNICODE_LIMIT = Math.max(...[...TOP_DOMAINS].filter((name) => NOT_ASCII.test(name)).map(({ length }) => length));

/**
 * The length of the top-level domain that begins at a position of a text, in UTF-16 units; 0 if none begins there. In
 * `example.comだよ` it is `com`: text in other scripts may follow a domain without a space.
 */
export function topDomainLength(text: string, at: number): number {
  ASCII_RUN.lastIndex = at;
  const { length: ascii } = ASCII_RUN.exec(text)![0];
  if (ascii > 0 && isListed(text, at, ascii)) return ascii;
  if (!NOT_ASCII.test(text.charAt(at + ascii))) return 0;
  let { length } = text.slice(at, at + UNICODE_LIMIT).split(".", 1)[0]!;
  while (length > ascii && !isListed(text, at, length)) length--;
  return length > ascii ? length : 0;
}

/** A listed name is a domain unless it goes on, or belongs to an address of mail. */
function isListed(text: string, at: number, length: number): boolean {
  return TOP_DOMAINS.has(text.slice(at, at + length).toLowerCase()) && !/[0-9a-z@+-]/i.test(text.charAt(at + length));
}
