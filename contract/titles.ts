import { isBlank } from "../lib/invisible.ts";
import { oneLine } from "../lib/one-line.ts";
import type { Media, UserRef } from "./shapes.ts";

/*
 * The titles of pages and screens, by which people tell apart tabs, bookmarks and the entries of a history. The share
 * page of a tweet and the client's screen of it have the same one.
 */

/** Search engines and link previews show about this many characters of a title. */
const TEXT_LIMIT_CHARACTERS = 60;

type Named = Pick<UserRef, "username" | "displayName">;

/** @returns the display name on one line, or the username if the display name shows nothing */
export function nameOf(user: Named): string {
  const name = oneLine(user.displayName);
  return isBlank(name) ? user.username : name;
}

/** @returns for example `Maria Lindqvist (@maria)` */
export function profileTitle(user: Named): string {
  return `${nameOf(user)} (@${user.username})`;
}

/**
 * The author and the beginning of the text, on one line.
 *
 * @param author as the title names the author
 * @returns for example `Maria Lindqvist: “Good morning”`
 */
export function tweetTitle(
  tweet: { text: string; media: readonly Pick<Media, "type">[]; author: Named },
  author: string = nameOf(tweet.author),
): string {
  const text = oneLine(tweet.text, TEXT_LIMIT_CHARACTERS);
  if (text) return `${author}: “${text}”`;
  return tweet.media.some(({ type }) => type === "video") ? `A video by ${author}` : `A picture by ${author}`;
}
