import { plainText } from "../../../contract/shapes.ts";
import { isBlank } from "../../../lib/invisible.ts";

export const ALT_LIMIT_CHARACTERS = 1000;

/** The description of a picture or video, for people who can't see it. One that shows nothing is an empty one. */
export const AltText = plainText
  .refine((text) => [...text].length <= ALT_LIMIT_CHARACTERS, `must be at most ${ALT_LIMIT_CHARACTERS} characters`)
  .overwrite((text) => (isBlank(text) ? "" : text));
