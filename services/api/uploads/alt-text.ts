import { atMost, plainText } from "../../../contract/shapes.ts";

export const ALT_LIMIT_CHARACTERS = 1000;

/** The description of a picture or video, for people who can't see it. */
export const AltText = atMost(ALT_LIMIT_CHARACTERS, plainText);
