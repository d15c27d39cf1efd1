import accents from "twitter-text/dist/regexp/latinAccentChars.js";
import countryDomain from "twitter-text/dist/regexp/validCCTLD.js";
import labelCharacter from "twitter-text/dist/regexp/validDomainChars.js";
import pathCharacter from "twitter-text/dist/regexp/validGeneralUrlPathChars.js";
import genericDomain from "twitter-text/dist/regexp/validGTLD.js";
import punycodeDomain from "twitter-text/dist/regexp/validPunycode.js";
import parentheses from "twitter-text/dist/regexp/validUrlBalancedParens.js";
import pathEnd from "twitter-text/dist/regexp/validUrlPathEndingChars.js";
import preceding from "twitter-text/dist/regexp/validUrlPrecedingChars.js";
import queryCharacter from "twitter-text/dist/regexp/validUrlQueryChars.js";
import queryEnd from "twitter-text/dist/regexp/validUrlQueryEndingChars.js";
import { asciiLength } from "./punycode.ts";

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
const LONGEST_LABEL = 63;
const SHORTENED = /^https?:\/\/t\.co\/([a-z0-9]+)(?:\?[a-z0-9!?*'@();:&=+$/%#[\]\-_.,~|]*[a-z0-9\-_&=#/])?/i;
const LONGEST_SLUG = 40;

const LABEL = `${labelCharacter.source}(?:[-_]*${labelCharacter.source})*`;
const CHAIN = new RegExp(`${LABEL}(?:\\.${LABEL})*`, "gi");
const TOP_DOMAIN = new RegExp(`${genericDomain.source}|${countryDomain.source}|${punycodeDomain.source}`, "iy");
const PRECEDING = new RegExp(`^${preceding.source}$`, "i");
const PROTOCOL = /https?:\/\/$/i;
const LONGEST_PROTOCOL = "https://".length;
/**
 * Port, path and query. The path is twitter-text's in another form, since theirs takes quadratic time for `/(a)(a)…`. It
 * ends with the last character that may end it, and any parentheses behind. (The pattern `pathEnd` also allows these,
 * as an alternative of its own.)
 */
const REST = new RegExp(
  `(?::[0-9]+)?(/(?:(?:${pathCharacter.source}|${parentheses.source})*${pathEnd.source})?(?:${parentheses.source})*)?` +
    `(?:\\?${queryCharacter.source}*${queryEnd.source})?`,
  "iy",
);
const ASCII_LABELS = new RegExp(`(?:[\\-a-z0-9${accents.source}]+\\.)+`, "gi");

/**
 * The URLs in a text, with and without a protocol, exactly as extractUrlsWithIndices of twitter-text finds them. That
 * function needs quadratic time, because its pattern reads a domain anew from each character of it. This function reads
 * each domain once. It takes the parts of twitter-text's pattern, and the tests compare the two.
 */
export function findUrls(text: string): UrlSpan[] {
  if (!text.includes(".")) return [];
  const found: UrlSpan[] = [];
  // A match takes the character before the URL along. So the next URL begins at least one character after the last one.
  let from = 0;
  for (const { 0: labels, index } of text.matchAll(CHAIN)) {
    if (!labels.includes(".") || index + labels.length <= from) continue;
    const chain = { starts: startsOf(labels, index), end: index + labels.length };
    for (const { start, domainStart, domainEnd } of domainsIn(text, chain, () => from)) {
      const [rest, path] = matchAt(REST, text, domainEnd)!;
      const end = domainEnd + rest.length;
      from = end + 1;
      const protocol = text.slice(start, domainStart);
      if (protocol === "" && /[-_./]/.test(text.charAt(start - 1))) continue;
      if ((protocol.length || LONGEST_PROTOCOL) + end - start > LONGEST_URL) continue;
      const domain = text.slice(domainStart, domainEnd);
      if (!isHost(domain)) continue;
      if (protocol !== "") found.push(...withProtocol(text.slice(start, end), start));
      else found.push(...bareDomains(domain, start, path === undefined ? "" : rest));
    }
  }
  return found;
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
 * The places where twitter-text's pattern matches, from left to right.
 *
 * @param from tells where the next match may start
 */
function* domainsIn(text: string, { starts, end }: Chain, from: () => number) {
  const labelEnd = (label: number) => (starts[label + 1] ?? end + 1) - 1;
  const topDomainEnd = (label: number) => {
    const at = starts[label]!;
    const [top] = matchAt(TOP_DOMAIN, text, at) ?? [];
    return top === undefined ? null : at + top.length;
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
    const [domainStart = 0] = starts;
    const protocol =
      PROTOCOL.exec(text.slice(Math.max(from(), domainStart - LONGEST_PROTOCOL), domainStart))?.[0] ?? "";
    const start = domainStart - protocol.length;
    if (protocol !== "" && mayStart(text, start)) yield { start, domainStart, domainEnd };
    else {
      const bare = bareStart(text, Math.max(from(), domainStart), labelEnd(last - 1));
      if (bare !== null) yield { start: bare, domainStart: bare, domainEnd };
    }
  }
  // The label before a top-level domain may contain no underscore. So a further domain can only begin after one.
  for (let label = last; label < starts.length - 1; label++) {
    const at = underscore(label);
    const shortEnd = at === -1 ? null : topDomainEnd(label + 1);
    if (shortEnd === null) continue;
    const start = bareStart(text, Math.max(from(), starts[label]! + at + 1), labelEnd(label));
    if (start !== null) yield { start, domainStart: start, domainEnd: shortEnd };
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

/** A shortened URL ends after its slug, whatever follows. */
function withProtocol(url: string, start: number): UrlSpan[] {
  const [shortened = url, slug = ""] = SHORTENED.exec(url) ?? [];
  if (slug.length > LONGEST_SLUG) return [];
  return [{ start, end: start + shortened.length, counted: shortened.length }];
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
      const [top] = matchAt(TOP_DOMAIN, domain, index + dot + 1) ?? [];
      if (top !== undefined) return [labels.slice(0, dot + 1) + top];
    }
    return [];
  });
}

/** Whether every label of a domain has a valid length in DNS. */
function isHost(domain: string): boolean {
  const isValid = domain.split(".").every((label) => {
    // Each character takes at least one in ASCII, and at most two units of the text.
    const length = label.length > 2 * LONGEST_LABEL ? Infinity : asciiLength(label);
    return length > 0 && length <= LONGEST_LABEL;
  });
  // A domain that begins in Punycode contains nothing else.
  return isValid && (!domain.startsWith("xn--") || asciiDomains(domain).length > 0);
}

function matchAt(sticky: RegExp, text: string, at: number): RegExpExecArray | null {
  sticky.lastIndex = at;
  return sticky.exec(text);
}
