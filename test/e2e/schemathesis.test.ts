// schemathesis makes requests from the description of the API, valid and invalid ones, and checks that the answers are as
// described. test/schemathesis/ has its configuration, and the reason of each exclusion.
import { describe, expect, it } from "@jest/globals";
import { PASSWORD, useStarling } from "../helper.ts";
import { findSchemathesis, runSchemathesis } from "../support/schemathesis.ts";

const missing = await findSchemathesis().then(
  () => null,
  (error: Error) => error.message,
);
if (missing !== null) console.warn(`schemathesis is missing and can't be fetched: ${missing}`);
const describeFound = missing === null || process.env["CI"] ? describe : describe.skip;

const RUN_LIMIT_MS = 600_000;

describeFound("schemathesis finds nothing", () => {
  const starling = useStarling();

  const logins = async () => {
    const { alice, bob } = await starling.cast("alice", "bob");
    return [
      { username: alice.username, password: PASSWORD },
      { username: bob.username, password: PASSWORD },
    ] as const;
  };

  async function expectNothing(run: Parameters<typeof runSchemathesis>[1]): Promise<void> {
    const { code, report } = await runSchemathesis(starling.url, run);
    // An error shows the whole report; a comparison would hide all but its beginning.
    if (code !== 0) throw new Error(report);
    expect(report).toMatch(/\b[1-9]\d* generated/);
  }
  const everyRequest = ["examples", "coverage", "fuzzing"];

  it("without a token", () => expectNothing({ phases: everyRequest, examples: 3 }), RUN_LIMIT_MS);

  it(
    "with a token",
    async () => expectNothing({ phases: everyRequest, examples: 6, logins: await logins() }),
    RUN_LIMIT_MS,
  );

  it(
    "in sequences of requests, each with what the last one answered",
    async () => expectNothing({ phases: ["stateful"], examples: 12, logins: await logins() }),
    RUN_LIMIT_MS,
  );
});
