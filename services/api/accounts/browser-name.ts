import Bowser from "bowser";

/** The names of a browser and its operating system, for example Firefox and Linux; null for what is unknown. */
export interface BrowserName {
  browser: string | null;
  system: string | null;
}

/**
 * Reads a User-Agent header.
 *
 * @param userAgent null for a client that sent none. Of one that is no browser, such as `curl/8.5.0`, the first name counts
 */
export function browserName(userAgent: string | null): BrowserName {
  if (!userAgent) return { browser: null, system: null };
  const { browser, os } = Bowser.parse(userAgent);
  const first = /^[^ /]+/.exec(userAgent)?.[0] ?? null;
  return { browser: browser.name || first, system: os.name ?? null };
}
