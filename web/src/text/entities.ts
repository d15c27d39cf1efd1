import { mentionsIn } from "../../../contract/usernames.ts";
import { findUrls } from "../../../lib/urls.ts";

/** A piece of a tweet's text; `text` is the displayed part. */
type Piece =
  | { kind: "text"; text: string }
  | { kind: "url"; text: string; href: string }
  | { kind: "mention"; text: string; username: string }
  | { kind: "tag"; text: string; tag: string };

type Entity = { start: number; end: number; piece: Piece };

const TAG =
  /(?<![\p{L}\p{M}\p{N}_&])[#＃](?!\ufe0f|\u20e3)([\p{L}\p{M}\p{N}_]*[\p{L}\p{M}][\p{L}\p{M}\p{N}_]*)(?![#＃]|:\/\/)/gu;
/** The most characters of a URL that are displayed: about half a line on a phone. Longer URLs are shortened. */
const SHOWN_URL_LENGTH = 40;

/**
 * Splits a tweet's text into plain text, URLs, @mentions and #tags. Unless a URL is displayed differently, the joined
 * pieces equal the text.
 */
export function piecesOf(text: string): Piece[] {
  const pieces: Piece[] = [];
  let end = 0;
  for (const entity of entitiesOf(text)) {
    if (entity.start > end) pieces.push({ kind: "text", text: text.slice(end, entity.start) });
    pieces.push(entity.piece);
    end = entity.end;
  }
  if (end < text.length) pieces.push({ kind: "text", text: text.slice(end) });
  return pieces;
}

function entitiesOf(text: string): Entity[] {
  const urls = findUrls(text).flatMap(({ start, end }): Entity[] => {
    const url = text.slice(start, end);
    const href = URL.parse(/^https?:\/\//i.test(url) ? url : `https://${url}`)?.href;
    return href ? [{ start, end, piece: { kind: "url", text: shownUrl(url), href } }] : [];
  });
  const mentions = mentionsIn(text).map(({ start, end, username }): Entity => {
    return { start, end, piece: { kind: "mention", text: text.slice(start, end), username } };
  });
  const tags = [...text.matchAll(TAG)].map(({ 0: whole, 1: tag = "", index }): Entity => {
    return { start: index, end: index + whole.length, piece: { kind: "tag", text: whole, tag } };
  });
  // If two entities overlap, the first one wins; if they start together, the URL wins, since sort() is stable.
  const inOrder = [...urls, ...mentions, ...tags].sort((a, b) => a.start - b.start);
  let end = 0;
  return inOrder.filter((entity) => {
    if (entity.start < end) return false;
    end = entity.end;
    return true;
  });
}

function shownUrl(url: string): string {
  const shown = url.replace(/^https?:\/\/(www\.)?/i, "");
  return shown.length <= SHOWN_URL_LENGTH ? shown : `${shown.slice(0, SHOWN_URL_LENGTH - 1)}…`;
}
