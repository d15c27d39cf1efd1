import type { Tweet, UserRef } from "../../contract/shapes.ts";
import type { Site } from "./site.ts";

const TWEET_PATH = /^\/tweet\/([A-Za-z0-9_-]{1,64})\/?$/;

/** @returns the absolute form of an http or https URL; null for others, so that `javascript:` never gets into a page */
export function webUrl(url: string, base?: string): string | null {
  const parsed = URL.parse(url, base);
  return parsed && (parsed.protocol === "https:" || parsed.protocol === "http:") ? parsed.href : null;
}

/**
 * Shortens a URL of this site to its path, and leaves other URLs absolute. The page then works under every name of the
 * server, not only the public one, and `img-src 'self'` allows its pictures.
 *
 * @returns null if the URL is neither http nor https
 */
export function localUrl(url: string, site: Site): string | null {
  const absolute = webUrl(url, site.publicUrl);
  if (absolute === null) return null;
  const { origin } = new URL(site.publicUrl);
  const path = absolute.startsWith(`${origin}/`) ? absolute.slice(origin.length) : null;
  // A path that begins with two slashes would name another host.
  return path === null || path.startsWith("//") ? absolute : path;
}

/** @returns the path of the page of a tweet */
export function tweetPath(tweet: Tweet): string {
  return `/tweet/${encodeURIComponent(tweet.id)}`;
}

/** @returns the path of the profile of a user */
export function profilePath(user: Pick<UserRef, "username">): string {
  return `/user/${encodeURIComponent(user.username)}`;
}

/** @returns the public URL of a path of this site */
export function publicUrl(path: string, site: Site): string {
  return new URL(path, site.publicUrl).href;
}

/**
 * Reads the address of a tweet's page, as people paste it.
 *
 * @param url any text
 * @param publicUrl the origin of this site. http and https count as the same, because people often share links with the
 *   other scheme
 * @returns the id or key of the tweet; null if the text is not the address of a tweet here
 */
export function parseTweetUrl(url: string, publicUrl: string): string | null {
  const absolute = webUrl(url);
  if (absolute === null) return null;
  const { host, pathname } = new URL(absolute);
  if (host !== new URL(publicUrl).host) return null;
  return TWEET_PATH.exec(pathname)?.[1] ?? null;
}
