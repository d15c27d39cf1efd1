import { describe, it } from "@jest/globals";
import fc from "fast-check";
import { useStarling } from "../helper.ts";
import { CAST, expectAgreement, histories } from "../support/history.ts";

const starling = useStarling();

describe("any history of tweets, deletions, follows and unfollows", () => {
  it("gives the same lists as a naive model, all pages joined", async () => {
    const property = fc.asyncProperty(
      histories(60),
      fc.uniqueArray(fc.integer({ min: 1, max: 100 }), { minLength: 2, maxLength: 3 }),
      async (history, limits) => expectAgreement(await starling.cast(...CAST), history, limits),
    );
    await fc.assert(property, { numRuns: 15, interruptAfterTimeLimit: 120_000 });
  }, 240_000);
});
