import extractUrl from "twitter-text/dist/regexp/extractUrl.js";
import asciiDomain from "twitter-text/dist/regexp/validAsciiDomain.js";
import { asciiLength } from "./punycode.ts";

/** A range of a text in UTF-16 units; `end` is exclusive. */
export interface Span {
  start: number;
  end: number;
}

const LONGEST_URL = 4096;
const LONGEST_LABEL = 63;
const SHORTENED = /^https?:\/\/t\.co\/([a-z0-9]+)(?:\?[a-z0-9!?*'@();:&=+$/%#[\]\-_.,~|]*[a-z0-9\-_&=#/])?/i;

/**
 * The URLs in a text, with and without a protocol, as Twitter finds them. The algorithm is extractUrlsWithIndices from
 * twitter-text with the same patterns. Importing only these keeps the rest of twitter-text out of the bundle.
 */
export function findUrls(text: string): Span[] {
  if (!text.includes(".")) return [];
  const found: Span[] = [];
  for (const match of text.matchAll(extractUrl)) {
    const [, , before = "", url = "", protocol = "", domain = "", , path] = match;
    const end = match.index + match[0].length;
    const start = end - url.length;
    if (!isHost(domain) || (protocol || "https://").length + url.length > LONGEST_URL) continue;
    if (protocol) {
      const [whole, slug = ""] = SHORTENED.exec(url) ?? [];
      if (slug.length > 40) continue;
      found.push({ start, end: whole === undefined ? end : start + whole.length });
    } else if (!/[-_./]$/.test(before)) {
      found.push(...bareDomains(domain, start, path === undefined ? null : end));
    }
  }
  return found;
}

/** Without a protocol only ASCII domains are links. A path belongs to the last domain. */
function bareDomains(domain: string, start: number, end: number | null): Span[] {
  const spans: Span[] = [];
  for (const { 0: ascii, index } of domain.matchAll(asciiDomain)) {
    spans.push({ start: start + index, end: start + index + ascii.length });
  }
  const last = spans.at(-1);
  if (last && end !== null) last.end = end;
  return spans;
}

/** Whether every label of a domain has a valid length in DNS. */
function isHost(domain: string): boolean {
  return domain.split(".").every((label) => {
    const length = asciiLength(label);
    return length > 0 && length <= LONGEST_LABEL;
  });
}
