import extractUrl from "twitter-text/dist/regexp/extractUrl.js";
import asciiDomain from "twitter-text/dist/regexp/validAsciiDomain.js";
import { asciiLength } from "./punycode.ts";

/** A part of a text, in UTF-16 units; `end` is exclusive. */
export interface Span {
  start: number;
  end: number;
}

const LONGEST_URL = 4096;
const LONGEST_LABEL = 63;
const SHORTENED = /^https?:\/\/t\.co\/([a-z0-9]+)(?:\?[a-z0-9!?*'@();:&=+$/%#[\]\-_.,~|]*[a-z0-9\-_&=#/])?/i;

/**
 * The URLs in a text, as Twitter finds them, with and without a protocol: the algorithm of twitter-text's
 * extractUrlsWithIndices over its own patterns, without the parts that weigh the most.
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

/** Without a protocol only ASCII domains count; a path belongs to the last of them. */
function bareDomains(domain: string, start: number, end: number | null): Span[] {
  const spans: Span[] = [];
  for (const { 0: ascii, index } of domain.matchAll(asciiDomain)) {
    spans.push({ start: start + index, end: start + index + ascii.length });
  }
  const last = spans.at(-1);
  if (last && end !== null) last.end = end;
  return spans;
}

/** Whether each label of a domain can be one in DNS. */
function isHost(domain: string): boolean {
  return domain.split(".").every((label) => {
    const length = asciiLength(label);
    return length > 0 && length <= LONGEST_LABEL;
  });
}
