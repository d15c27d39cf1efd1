import type { IncomingMessage } from "node:http";

/** Programs of other sites that fetch a link to show what is behind it. They read pages and yet ask for anything. */
const PREVIEWERS =
  /facebookexternalhit|facebookcatalog|meta-externalagent|twitterbot|slackbot|slack-imgproxy|discordbot|telegrambot|whatsapp|linkedinbot|skypeuripreview|pinterest|redditbot|viber|vkshare|embedly|iframely|applebot|bingpreview/i;

/**
 * Whether the client would rather have a page than JSON: a browser that follows a link, or a site that wants to show a
 * preview of it, not a script.
 */
export function wantsHtml({ headers }: Pick<IncomingMessage, "headers">): boolean {
  const accepted = parseAccept(headers.accept ?? "*/*");
  const html = accepted.find(({ type }) => type === "text/html") ?? accepted.find(({ type }) => type === "text/*");
  const json = accepted.find(({ type }) => type === "application/json");
  if (html && html.quality > 0) {
    if (!json) return true;
    // Of two that are as welcome, the first.
    return html.quality === json.quality
      ? accepted.indexOf(html) < accepted.indexOf(json)
      : html.quality > json.quality;
  }
  return !html && !json && PREVIEWERS.test(headers["user-agent"] ?? "");
}

/** The media types of an Accept header, in order. */
function parseAccept(header: string): { type: string; quality: number }[] {
  return header.split(",").map((part) => {
    const [type = "", ...params] = part.toLowerCase().split(";");
    const quality = params.map((param) => /^\s*q=([\d.]+)\s*$/.exec(param)?.[1]).find((value) => value !== undefined);
    return { type: type.trim(), quality: quality === undefined ? 1 : Number(quality) };
  });
}
