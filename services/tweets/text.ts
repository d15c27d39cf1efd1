import { namesIn } from "../../contract/text.ts";
import { MAX_WEIGHT, weightedLength } from "../../contract/weight.ts";
import { type FieldError, InvalidError } from "../../lib/errors.ts";
import { isBlank } from "../../lib/invisible.ts";

/**
 * Checks a tweet's text by Twitter's own counting (twitter-text, configuration 3).
 *
 * @throws InvalidError
 */
export function checkText(text: string, hasMedia: boolean): void {
  const errors: FieldError[] = [];
  if (isBlank(text) && !(hasMedia && text === "")) {
    errors.push({
      field: "text",
      message: hasMedia ? "must not be blank: leave it empty" : "must not be blank without media",
    });
  }
  const weight = weightedLength(text);
  if (weight > MAX_WEIGHT) {
    errors.push({
      field: "text",
      message: `must be at most ${MAX_WEIGHT} characters (counted as Twitter does); got ${weight}`,
    });
  }
  if (errors.length > 0) throw new InvalidError(errors);
}

/**
 * The names that a text mentions, each once ignoring case, without the `@`. A text of 280 characters has room for 94. All
 * of them are notified, because all of them are links.
 */
export function mentionedNames(text: string): string[] {
  return [...new Map(namesIn(text).map((name) => [name.toLowerCase(), name])).values()];
}
