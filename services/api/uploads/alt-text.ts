import { plainText } from "../../../contract/shapes.ts";

/** In characters. */
export const ALT_LIMIT = 1000;

/** The description of a picture or video, for people who can't see it. */
export const AltText = plainText.refine(
  (text) => [...text].length <= ALT_LIMIT,
  `must be at most ${ALT_LIMIT} characters`,
);
