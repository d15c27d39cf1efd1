import accents from "twitter-text/dist/regexp/latinAccentChars.js";
import pathCharacter from "twitter-text/dist/regexp/validGeneralUrlPathChars.js";
import parentheses from "twitter-text/dist/regexp/validUrlBalancedParens.js";
import pathEnd from "twitter-text/dist/regexp/validUrlPathEndingChars.js";
import preceding from "twitter-text/dist/regexp/validUrlPrecedingChars.js";
import queryCharacter from "twitter-text/dist/regexp/validUrlQueryChars.js";
import queryEnd from "twitter-text/dist/regexp/validUrlQueryEndingChars.js";
import { DOMAIN, hasValidLabels, hostEnd, matchAt } from "./hosts.ts";
import { topDomainLength } from "./top-domains.ts";

/** A URL in a text. Positions and lengths are in UTF-16 units. */
export interface UrlSpan {
  start: number;
  /** Exclusive. */
  end: number;
  /** The units from `start` that count as the URL. Fewer than to `end` if a path follows a domain that is cut short. */
  counted: number;
}

/** Labels of a domain, joined by dots; the longest such piece of the text. */
interface Chain {
  starts: number[];
  end: number;
}

const LONGEST_URL = 4096;
const LONGEST_PROTOCOL = "https://".length;
const SHORTENED = /^https?:\/\/t\.co\/([a-z0-9]+)(?:\?[a-z0-9!?*'@();:&=+$/%#[\]\-_.,~|]*[a-z0-9\-_&=#/])?/i;
const LONGEST_SLUG = 40;

const PROTOCOL = /https?:\/\//gi;
/** A name and a password before a host. */
const USER = /[a-z0-9._~$&+=:%-]+@/iy;
const CHAIN = new RegExp(DOMAIN, "gi");
const PRECEDING = new RegExp(`^${preceding.source}$`, "i");
const PORT = "[0-5]?[0-9]{1,4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5]";
/**
 * Port, path and query. The path is twitter-text's in another form, since theirs takes quadratic time for `/(a)(a)…`. It
 * ends with the last character that may end it, and any parentheses behind. (The pattern `pathEnd` also allows these,
 * as an alternative of its own.)
 */
const REST = new RegExp(
  `(?::(?:${PORT})(?![0-9]))?(/(?:(?:${pathCharacter.source}|${parentheses.source})*${pathEnd.source})?` +
    `(?:${parentheses.source})*)?(?:\\?${queryCharacter.source}*${queryEnd.source})?`,
  "iy",
);
const ASCII_LABELS = new RegExp(`(?:[\\-a-z0-9${accents.source}]+\\.)+`, "gi");

/**
 * The URLs in a text. Whatever has `http://` or `https://` and a host is one. Without a protocol, and in the path and
 * the query, the rules are those of extractUrlsWithIndices of twitter-text with today's top-level domains. That function
 * needs quadratic time, because its pattern reads a domain anew from each character of it. This function reads each
 * domain once. It takes the parts of twitter-text's pattern, and the tests compare the two.
 */
export function findUrls(text: string): UrlSpan[] {
  if (!/\.|:\/\//.test(text)) return [];
  const protocols = text.includes("://") ? [...text.matchAll(PROTOCOL)] : [];
  const chains = [...text.matchAll(CHAIN)].filter(([labels]) => labels.includes("."));
  const found: UrlSpan[] = [];
  // A match takes the character before the URL along. So the next URL begins at least one character after the last one.
  let from = 0;
  for (const { 0: piece, index } of [...protocols, ...chains].sort((a, b) => a.index - b.index)) {
    if (piece.endsWith("/")) {
      const end = index < from || !mayStart(text, index) ? null : urlEnd(text, index + piece.length);
      if (end === null) continue;
      from = end + 1;
      if (piece.length + end - index <= LONGEST_URL) found.push(...shortened(text.slice(index, end), index));
      continue;
    }
    if (index + piece.length <= from) continue;
    const chain = { starts: startsOf(piece, index), end: index + piece.length };
    for (const { start, domainEnd } of domainsIn(text, chain, () => from)) {
      const [rest, path] = matchAt(REST, text, domainEnd)!;
      const end = domainEnd + rest.length;
      from = end + 1;
      if (/[-_./]/.test(text.charAt(start - 1)) || LONGEST_PROTOCOL + end - start > LONGEST_URL) continue;
      const domain = text.slice(start, domainEnd);
      if (isHost(domain)) found.push(...bareDomains(domain, start, path === undefined ? "" : rest));
    }
  }
  return found;
}

/** The end of the URL whose host stands behind a protocol; null without a host. */
function urlEnd(text: string, at: number): number | null {
  const [user = ""] = matchAt(USER, text, at) ?? [];
  const withUser = user === "" ? null : hostEnd(text, at + user.length);
  // `http://example.com:@bob` names somebody, unless the host is one for certain.
  const host =
    withUser !== null && /[.[]|^localhost$/i.test(text.slice(at + user.length, withUser))
      ? withUser
      : hostEnd(text, at);
  return host === null ? null : host + matchAt(REST, text, host)![0].length;
}

function startsOf(labels: string, index: number): number[] {
  let start = index;
  return labels.split(".").map((label) => {
    const at = start;
    start += label.length + 1;
    return at;
  });
}

/**
 * The places without a protocol where twitter-text's pattern matches, from left to right.
 *
 * @param from tells where the next match may start
 */
function* domainsIn(text: string, { starts, end }: Chain, from: () => number) {
  const labelEnd = (label: number) => (starts[label + 1] ?? end + 1) - 1;
  const topDomainEnd = (label: number) => {
    const at = starts[label]!;
    const length = topDomainLength(text, at);
    return length > 0 ? at + length : null;
  };
  const underscore = (label: number) => text.slice(starts[label], labelEnd(label)).lastIndexOf("_");

  // The pattern is greedy. So a domain that begins anywhere before the last top-level domain ends there.
  let last = starts.length - 1;
  let domainEnd: number | null = null;
  for (; last > 0; last--) {
    domainEnd = underscore(last - 1) === -1 ? topDomainEnd(last) : null;
    if (domainEnd !== null) break;
  }
  if (domainEnd !== null) {
    const start = bareStart(text, Math.max(from(), starts[0]!), labelEnd(last - 1));
    if (start !== null) yield { start, domainEnd };
  }
  // The label before a top-level domain may contain no underscore. So a further domain can only begin after one.
  for (let label = last; label < starts.length - 1; label++) {
    const at = underscore(label);
    const shortEnd = at === -1 ? null : topDomainEnd(label + 1);
    if (shortEnd === null) continue;
    const start = bareStart(text, Math.max(from(), starts[label]! + at + 1), labelEnd(label));
    if (start !== null) yield { start, domainEnd: shortEnd };
  }
}

/** The first position in a range at which a URL without a protocol may start. */
function bareStart(text: string, from: number, end: number): number | null {
  const may = (at: number) => at < end && !/[-_.]/.test(text.charAt(at)) && mayStart(text, at);
  // The pattern prefers a character before the URL to the beginning of the text.
  if (from === 0 && may(1)) return 1;
  for (let at = from; at < end; at++) if (may(at)) return at;
  return null;
}

function mayStart(text: string, at: number): boolean {
  return at === 0 || PRECEDING.test(text.charAt(at - 1));
}

/** A URL of Twitter's own service ends after its slug, whatever follows. */
function shortened(url: string, start: number): UrlSpan[] {
  const [short = url, slug = ""] = SHORTENED.exec(url) ?? [];
  if (slug.length > LONGEST_SLUG) return [];
  return [{ start, end: start + short.length, counted: short.length }];
}

/**
 * Without a protocol only ASCII domains are URLs.
 *
 * @param rest the port, path and query if there is a path. They belong to the last ASCII domain.
 */
function bareDomains(domain: string, start: number, rest: string): UrlSpan[] {
  const spans: UrlSpan[] = [];
  let end = 0;
  for (const ascii of asciiDomains(domain)) {
    const at = domain.indexOf(ascii, end);
    end = at + ascii.length;
    spans.push({ start: start + at, end: start + end, counted: ascii.length });
  }
  const last = spans.at(-1);
  if (last && rest !== "") {
    last.end = start + domain.length + rest.length;
    last.counted += rest.length;
  }
  return spans;
}

/** The ASCII domains within a domain, each with the last top-level domain that follows its labels. */
function asciiDomains(domain: string): string[] {
  return [...domain.matchAll(ASCII_LABELS)].flatMap(({ 0: labels, index }) => {
    for (let dot = labels.length - 1; dot > 0; dot = labels.lastIndexOf(".", dot - 1)) {
      const top = topDomainLength(domain, index + dot + 1);
      if (top > 0) return [domain.slice(index, index + dot + 1 + top)];
    }
    return [];
  });
}

/** Whether a domain is one that DNS can have. One that begins in Punycode contains nothing else. */
function isHost(domain: string): boolean {
  return hasValidLabels(domain) && (!domain.startsWith("xn--") || asciiDomains(domain).length > 0);
}
