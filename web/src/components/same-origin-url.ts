/**
 * The URL's path on the origin of this page. The server writes URLs with its public name, and this page may come from
 * another name, for example localhost.
 */
export function sameOriginUrl(url: string): string {
  const parsed = URL.parse(url, location.href);
  if (!parsed) return "";
  return parsed.protocol === "https:" || parsed.protocol === "http:" ? parsed.pathname + parsed.search : url;
}
