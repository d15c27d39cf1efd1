import type { Tweet, UserRef } from "../../contract/shapes.ts";
import type { Site } from "./site.ts";

const TWEET_PATH = /^\/tweet\/([A-Za-z0-9_-]{1,64})\/?$/;

/** @returns the absolute URL when it is one of the web (http or https), else null: `javascript:` and the like never get into a page */
export function webUrl(url: string, base?: string): string | null {
  const parsed = URL.parse(url, base);
  return parsed && (parsed.protocol === "https:" || parsed.protocol === "http:") ? parsed.href : null;
}

/**
 * The same place as the page itself is loaded from, where the URL is of this site. A page then works under
 * any name the server is reached by, not only under its public one (and `img-src 'self'` lets it).
 */
export function localUrl(url: string, site: Site): string | null {
  const absolute = webUrl(url, site.publicUrl);
  if (absolute === null) return null;
  const { origin } = new URL(site.publicUrl);
  const path = absolute.startsWith(`${origin}/`) ? absolute.slice(origin.length) : null;
  // A path that begins with two slashes would name another host.
  return path === null || path.startsWith("//") ? absolute : path;
}

/** @returns the path of the tweet's own page */
export function tweetPath(tweet: Tweet): string {
  return `/tweet/${encodeURIComponent(tweet.id)}`;
}

/** @returns the path of the user's profile */
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
 * @param publicUrl this site's origin; http and https are one, as links are often shared with the other
 * @returns the tweet's id or key, null when the text is not the address of a tweet here
 */
export function parseTweetUrl(url: string, publicUrl: string): string | null {
  const absolute = webUrl(url);
  if (absolute === null) return null;
  const { host, pathname } = new URL(absolute);
  if (host !== new URL(publicUrl).host) return null;
  return TWEET_PATH.exec(pathname)?.[1] ?? null;
}
