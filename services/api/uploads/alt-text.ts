import { ALT_LIMIT_CHARACTERS } from "../../../contract/lengths.ts";
import { atMost, plainText } from "../../../contract/shapes.ts";
import { isBlank } from "../../../lib/invisible.ts";

/** The description of a picture or video, for people who can't see it. One that shows nothing is an empty one. */
export const AltText = atMost(ALT_LIMIT_CHARACTERS, plainText).overwrite((text) => (isBlank(text) ? "" : text));
