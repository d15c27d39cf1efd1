import type { IncomingMessage } from "node:http";

/** Programs of other sites that fetch a link to show what is behind it. They read pages and yet ask for anything. */
const PREVIEWERS =
  /facebookexternalhit|facebookcatalog|meta-externalagent|twitterbot|slackbot|slack-imgproxy|discordbot|telegrambot|whatsapp|linkedinbot|skypeuripreview|pinterest|redditbot|viber|vkshare|embedly|iframely|applebot|bingpreview/i;

/** One entry of an Accept header: a media type, or a wildcard for many. */
interface MediaRange {
  type: string;
  /** From 0, which is "not this", to 1. */
  quality: number;
}

/**
 * Whether the client would rather have a page than JSON: a browser that follows a link, or a site that wants to show a
 * preview of it, not a script.
 */
export function wantsHtml({ headers }: Pick<IncomingMessage, "headers">): boolean {
  const accepted = parseAccept(headers.accept ?? "*/*");
  const html = rangeFor(accepted, "text/html");
  const json = rangeFor(accepted, "application/json");
  // Nothing tells the two apart.
  if (html === json) return PREVIEWERS.test(headers["user-agent"] ?? "");
  const [page, data] = [html?.quality ?? 0, json?.quality ?? 0];
  // Of two that are as welcome, the first.
  if (page === data) return page > 0 && accepted.indexOf(html!) < accepted.indexOf(json!);
  return page > data;
}

/** The entry that speaks for a media type: the most specific that matches it (RFC 9110, section 12.5.1). */
function rangeFor(accepted: MediaRange[], type: string): MediaRange | undefined {
  for (const range of [type, type.replace(/\/.*/, "/*"), "*/*"]) {
    const found = accepted.find((each) => each.type === range);
    if (found) return found;
  }
  return undefined;
}

/** The entries of an Accept header, in order. */
function parseAccept(header: string): MediaRange[] {
  return header.split(",").map((part) => {
    const [type = "", ...params] = part.toLowerCase().split(";");
    const quality = params.map((param) => /^\s*q=([\d.]+)\s*$/.exec(param)?.[1]).find((value) => value !== undefined);
    return { type: type.trim(), quality: quality === undefined ? 1 : Number(quality) };
  });
}
