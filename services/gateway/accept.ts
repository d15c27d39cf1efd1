import type { IncomingMessage } from "node:http";
import { LRUCache } from "lru-cache";
import Negotiator from "negotiator";

/** Programs of other sites that fetch a link to show a preview. They need a page, but their Accept takes any type. */
const PREVIEWERS =
  /facebookexternalhit|facebookcatalog|meta-externalagent|twitterbot|slackbot|slack-imgproxy|discordbot|telegrambot|whatsapp|linkedinbot|skypeuripreview|pinterest|redditbot|viber|vkshare|embedly|iframely|applebot|bingpreview/i;

/** Browsers send 200 characters. A header of 16 KB would take milliseconds to read, before a limit counts the request. */
const ACCEPT_LIMIT_CHARACTERS = 1000;

/** The media types on offer, each with the ranges that match it, most specific first (RFC 9110, section 12.5.1). */
const PAGE = { type: "text/html; charset=utf-8", ranges: ["text/html", "text/*", "*/*"] };
const DATA = { type: "application/json; charset=utf-8", ranges: ["application/json", "application/*", "*/*"] };

/** What clients prefer, by their Accept header. Most send one of a few, and reading one takes longer than an answer. */
const preferences = new LRUCache<string, "page" | "data" | "either">({ max: 200 });

/** Whether the client prefers a page to JSON. Browsers and sites that preview a link do, scripts do not. */
export function wantsHtml({ headers }: Pick<IncomingMessage, "headers">): boolean {
  const accept = headers.accept ?? "*/*";
  if (accept.length > ACCEPT_LIMIT_CHARACTERS) return false;
  let preference = preferences.get(accept);
  if (preference === undefined) {
    preference = preferenceOf(accept);
    preferences.set(accept, preference);
  }
  return preference === "either" ? PREVIEWERS.test(headers["user-agent"] ?? "") : preference === "page";
}

function preferenceOf(accept: string): "page" | "data" | "either" {
  const negotiator = new Negotiator({ headers: { accept } });
  const acceptable = negotiator.mediaTypes([PAGE.type, DATA.type]);
  if (acceptable.length === 1) return acceptable[0] === PAGE.type ? "page" : "data";
  // At equal quality, Negotiator prefers the more specific range. Scripts that list a wildcard before text/html expect
  // JSON, so here the order of the header decides.
  const ranges = negotiator.mediaTypes().map((range) => range.toLowerCase());
  const page = placeOf(PAGE, ranges);
  const data = placeOf(DATA, ranges);
  // The header treats both types alike.
  return page === data ? "either" : page < data ? "page" : "data";
}

/** The position, in the client's order, of the range that applies to a type; -1 if there is none. */
function placeOf(offer: { ranges: string[] }, accepted: string[]): number {
  return accepted.indexOf(offer.ranges.find((range) => accepted.includes(range)) ?? "");
}
