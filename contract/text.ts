import { findHashtags } from "../lib/hashtags.ts";
import { shortened } from "../lib/one-line.ts";
import { findUrls } from "../lib/urls.ts";
import { mentionsIn } from "./usernames.ts";

/**
 * A place in a text that is a link or is marked. Positions are in UTF-16 units; the end is exclusive. `shown` is a URL as
 * readers see it.
 */
export type Entity = { start: number; end: number } & (
  | { kind: "url"; href: string; shown: string }
  | { kind: "mention"; username: string }
  | { kind: "hashtag"; tag: string }
);

/** Longer URLs are cut for reading, but the link stays whole. This is about half a line on a phone. */
const SHOWN_URL_CHARACTERS = 40;

/** An entity as it is found: a URL may turn out to be one that browsers can't read. */
type Place = { kind: "url"; start: number; end: number } | Exclude<Entity, { kind: "url" }>;

/**
 * Reads a text: the URLs, the mentions and the hashtags in it, in order and without overlaps. The server notifies by it,
 * and the share page, oEmbed and the client link by it, so that all of them mean the same places.
 */
export function entitiesIn(text: string): Entity[] {
  return placesIn(text).flatMap((place) => {
    return place.kind === "url" ? linkOf(text.slice(place.start, place.end), place) : [place];
  });
}

/** The names that a text mentions, in order, without the `@`: those of entitiesIn, without the work on URLs. */
export function namesIn(text: string): string[] {
  if (!/[@＠]/.test(text)) return [];
  return placesIn(text).flatMap((place) => (place.kind === "mention" ? [place.username] : []));
}

function placesIn(text: string): Place[] {
  const places: Place[] = [
    ...findUrls(text).map(({ start, end }) => ({ kind: "url" as const, start, end })),
    ...mentionsIn(text).map((mention) => ({ kind: "mention" as const, ...mention })),
    ...findHashtags(text).map((hashtag) => ({ kind: "hashtag" as const, ...hashtag })),
  ];
  const isInAddress = addressesOf(text);
  let last = 0;
  // Of two that overlap, the first counts; if they start together, the URL does, since sort() is stable.
  return places
    .sort((a, b) => a.start - b.start)
    .filter(({ kind, start, end }) => {
      if (start < last || (kind !== "url" && isInAddress(start))) return false;
      last = end;
      return true;
    });
}

/** A URL that browsers can't read, such as one with a host that Unicode forbids, stays text. */
function linkOf(url: string, { start, end }: { start: number; end: number }): Entity[] {
  const href = URL.parse(/^https?:\/\//i.test(url) ? url : `https://${url}`)?.href;
  return href === undefined ? [] : [{ kind: "url", start, end, href, shown: shownUrl(url) }];
}

/** Without the user, too: `https://example.com@evil.example` would be read as another site. */
function shownUrl(url: string): string {
  return shortened(url.replace(/^https?:\/\/(?:[^/?#@]*@)?(?:www\.)?/i, ""), SHOWN_URL_CHARACTERS);
}

/**
 * Tells whether a position is in an address, directly behind a slash. A URL ends before letters that twitter-text doesn't
 * take, as in `https://example.com/日本/@name`, but nobody is named there.
 *
 * @returns a function to be called with growing positions
 */
function addressesOf(text: string): (position: number) => boolean {
  if (!text.includes("://")) return () => false;
  const addresses = Array.from(text.matchAll(/\S+/g), ({ 0: word, index }) => {
    const protocol = word.search(/https?:\/\//i);
    return protocol === -1 ? [] : [{ start: index + protocol, end: index + word.length }];
  }).flat();
  return (position) => {
    while (addresses[0] && addresses[0].end <= position) addresses.shift();
    return text.charAt(position - 1) === "/" && addresses[0] !== undefined && addresses[0].start < position;
  };
}

/** A piece of a text, in which `text` is the part that is shown. */
export type Piece =
  | { kind: "text"; text: string }
  | { kind: "url"; text: string; href: string }
  | { kind: "mention"; text: string; username: string }
  | { kind: "hashtag"; text: string; tag: string };

/** Splits a text into its entities and the plain text between them. Joined, the pieces equal the text but for its URLs. */
export function piecesOf(text: string): Piece[] {
  const pieces: Piece[] = [];
  let last = 0;
  for (const { start, end, ...entity } of entitiesIn(text)) {
    if (start > last) pieces.push({ kind: "text", text: text.slice(last, start) });
    if (entity.kind === "url") pieces.push({ kind: "url", text: entity.shown, href: entity.href });
    else pieces.push({ ...entity, text: text.slice(start, end) });
    last = end;
  }
  if (last < text.length) pieces.push({ kind: "text", text: text.slice(last) });
  return pieces;
}

/** Two blank lines or more, which may hold spaces and characters that show nothing. */
const BLANK_LINES = /\n(?:(?:[^\S\n]|\p{Default_Ignorable_Code_Point})*\n){2,}/gu;

/** Joins blank lines that follow each other into one, so that a text of line ends does not fill every reader's screen. */
export function foldBlankLines(text: string): string {
  return text.replace(BLANK_LINES, "\n\n");
}
