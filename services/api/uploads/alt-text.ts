import { plainText } from "../../../contract/shapes.ts";

export const ALT_LIMIT_CHARACTERS = 1000;

/** The description of a picture or video, for people who can't see it. */
export const AltText = plainText.refine(
  (text) => [...text].length <= ALT_LIMIT_CHARACTERS,
  `must be at most ${ALT_LIMIT_CHARACTERS} characters`,
);
