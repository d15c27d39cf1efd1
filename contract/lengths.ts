import { withoutByteOrderMark, withoutDisguise } from "../lib/invisible.ts";

/*
 * How long texts may be, and how the server counts them. The client's fields count by the same functions. A tweet's text
 * has a weight instead: weight.ts.
 */

export const DISPLAY_NAME_LIMIT_CHARACTERS = 50;
/** The limit of what a search for people takes: a display name with its username. */
export const NAME_QUERY_LIMIT_CHARACTERS = 100;
export const BIO_LIMIT_CHARACTERS = 160;
/** The limit of a description of a picture or video. */
export const ALT_LIMIT_CHARACTERS = 1000;
/** The limit of the name of a place. */
export const PLACE_LIMIT_CHARACTERS = 100;

/** The characters of a text that the server keeps. They are Unicode code points, as in JSON Schema: 🦊 is one. */
export function lengthOf(text: string): number {
  return [...withoutByteOrderMark(text)].length;
}

/** The characters of a display name that the server keeps. */
export function displayNameLength(name: string): number {
  return lengthOf(withoutDisguise(name));
}
