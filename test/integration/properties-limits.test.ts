import { describe, it } from "@jest/globals";
import fc from "fast-check";
import { useStarling } from "../helper.ts";
import { CAST, expectAgreement, histories } from "../support/history.ts";

// With these settings, three followers make an author big and ten tweets fill a timeline, so that merging at read time
// and scrolling past the cached end happen all the time.
const starling = useStarling({ FANOUT_LIMIT: "2", TIMELINE_LENGTH: "10" });

describe("any history, with big authors and short timelines,", () => {
  it("gives the same lists as a naive model, all pages joined", async () => {
    const property = fc.asyncProperty(
      histories(80),
      fc.uniqueArray(fc.integer({ min: 1, max: 30 }), { minLength: 2, maxLength: 3 }),
      async (history, limits) => expectAgreement(await starling.cast(...CAST), history, limits),
    );
    await fc.assert(property, { numRuns: 15, interruptAfterTimeLimit: 120_000 });
  }, 240_000);

  it("scrolls to the first of many tweets by many authors", async () => {
    const people = await starling.cast(...CAST);
    const history = Array.from({ length: 150 }, (_, n) => ({ does: "tweets" as const, who: CAST[n % CAST.length]! }));
    const follow = (who: (typeof CAST)[number], whom: (typeof CAST)[number]) => ({
      does: "follows" as const,
      who,
      whom,
    });
    // Cat and Dan become big half way through; Ann's timeline was built before.
    const before = [follow("ann", "ben"), follow("ann", "cat"), follow("ben", "cat")];
    const half = [
      { does: "reads" as const, who: "ann" as const, limit: 5 },
      follow("dan", "cat"),
      follow("ann", "dan"),
    ];
    const more = [follow("ben", "dan"), follow("cat", "dan")];
    const steps = [...before, ...history.slice(0, 70), ...half, ...more, ...history.slice(70)];
    await expectAgreement(people, steps, [1, 7, 100]);
  }, 240_000);
});
