import labelCharacter from "twitter-text/dist/regexp/validDomainChars.js";
import { asciiLength } from "./punycode.ts";
import { topDomainLength } from "./top-domains.ts";

/** Longest label of a host, in the ASCII characters that DNS has for it. */
const LABEL_LIMIT = 63;
/** Longest host in DNS, in ASCII characters. Each character of a text takes at least one, and at most two units. */
const HOST_LIMIT = 253;

/** The pattern of a label: hyphens and underscores may stand within it. */
const label = (character: string) => `${character}(?:[-_]*${character})*`;
const joined = (labels: string) => `(?:${labels})(?:\\.(?:${labels}))*`;
/** What twitter-text takes for a domain if a top-level domain is in it. */
export const DOMAIN = joined(label(labelCharacter.source));
const DOMAIN_HERE = new RegExp(DOMAIN, "iy");

/** These scripts are written without spaces, so text may follow a label at once: `http://localhostです`. */
const SPACELESS = "[\\p{sc=Han}\\p{sc=Hiragana}\\p{sc=Katakana}\\p{sc=Hangul}\\p{sc=Thai}]";
/** Letters, marks and digits alone: without a top-level domain, other signs are no part of a host. */
const LETTER = "[\\p{L}\\p{M}\\p{N}]";
const ANY_HOST_HERE = new RegExp(joined(`${label(`(?!${SPACELESS})${LETTER}`)}|${label(LETTER)}`), "uy");
/** After these, a host is part of something else, such as an address of mail or a mistyped name. */
const GOES_ON = /^(?:\.?[-_]|[@%]|:\/\/|[!$&*+=~][\p{L}\p{N}])/u;
const IPV6_HERE = /\[[0-9a-f:.]{2,45}\]/iy;
const NUMBER = /^(?:[0-9]+|0x[0-9a-f]*)$/i;
const IPV4 = /^(?:(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])(?:\.|$)){4}$/;

/**
 * Finds the end of the host behind `http://`: an IP address or any name. Of a text without spaces it takes the part that
 * ends in a top-level domain, if there is one.
 *
 * @returns the position after the host, in UTF-16 units; null if there is no valid one
 */
export function hostEnd(text: string, at: number): number | null {
  const address = matchAt(IPV6_HERE, text, at);
  if (address) return URL.canParse(`http://${address[0]}`) ? at + address[0].length : null;
  const listed = listedEnd(text, at);
  // A further label makes it another host: `foo.company.internal` is not `foo.company`, though `company` is listed.
  if (listed !== null && text.charAt(listed) !== ".") return listed;
  const any = anyEnd(text, at);
  return listed === null || any === null ? (any ?? listed) : Math.max(any, listed);
}

/** The end of the longest host that ends in a listed top-level domain. */
function listedEnd(text: string, at: number): number | null {
  const [domain = ""] = matchAt(DOMAIN_HERE, text, at) ?? [];
  for (let dot = domain.lastIndexOf("."); dot > 0; dot = domain.lastIndexOf(".", dot - 1)) {
    const top = topDomainLength(text, at + dot + 1);
    if (top === 0 || domain.slice(domain.lastIndexOf(".", dot - 1) + 1, dot).includes("_")) continue;
    return isName(domain.slice(0, dot + 1 + top)) ? at + dot + 1 + top : null;
  }
  return null;
}

function anyEnd(text: string, at: number): number | null {
  const [host] = matchAt(ANY_HOST_HERE, text, at) ?? [];
  if (host === undefined || host.length > 2 * HOST_LIMIT) return null;
  if (GOES_ON.test(text.slice(at + host.length, at + host.length + 3))) return null;
  const isNumeric = NUMBER.test(host.slice(host.lastIndexOf(".") + 1));
  return (isNumeric ? IPV4.test(host) : isName(host)) ? at + host.length : null;
}

/**
 * Whether a host is a name that DNS can have. Nobody can register a domain with an underscore, but machines have such
 * names, as in Docker: `my_app`, `my_app.local`.
 */
function isName(host: string): boolean {
  if (!hasValidLabels(host) || /(^|\.)xn--[^.]*[^\0-\x7f.]/i.test(host)) return false;
  const labels = host.split(".");
  const top = labels.at(-1)!;
  if (labels.length === 1) return true;
  return !top.includes("_") && (!labels.at(-2)!.includes("_") || topDomainLength(top, 0) === 0);
}

/** Whether every label of a host has a valid length in DNS. */
export function hasValidLabels(host: string): boolean {
  return host.split(".").every((label) => {
    // Each character takes at least one in ASCII, and at most two units of the text.
    const length = label.length > 2 * LABEL_LIMIT ? Infinity : asciiLength(label);
    return length > 0 && length <= LABEL_LIMIT;
  });
}

/** Matches a sticky pattern at a position. */
export function matchAt(sticky: RegExp, text: string, at: number): RegExpExecArray | null {
  sticky.lastIndex = at;
  return sticky.exec(text);
}
