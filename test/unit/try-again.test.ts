import { expect, it } from "@jest/globals";
import { tryAgainIn } from "../../lib/try-again.ts";

it.each([
  [0, "Try again in 1 second."],
  [1, "Try again in 1 second."],
  [45, "Try again in 45 seconds."],
  [59.5, "Try again in 1 minute."],
  [61, "Try again in 2 minutes."],
  [812, "Try again in 14 minutes."],
  [3600, "Try again in 60 minutes."],
  [7201, "Try again in 3 hours."],
])("a wait of %s seconds: %s", (seconds, advice) => {
  expect(tryAgainIn(seconds)).toBe(advice);
});
