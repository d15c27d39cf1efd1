import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { EMBEDDED_FAULTS, embeddedRound, embeddedSubject } from "../../dev/faults/embedded.ts";
import { type EmbeddedServer, startEmbedded } from "../../dev/faults/embedded-server.ts";
import { faultsTable } from "../../dev/faults/report.ts";
import { runFaults } from "../../dev/faults/run.ts";
import { auditTable, examplesOf } from "../../dev/replay/report.ts";

const SEED = 7;
/** `npm run faults -- --embedded` has 200 faults, and freezes too. */
const FAULTS = 6;
const KINDS = ["kill", "kill-start", "kill-shutdown", "full-disk", "kill-full-disk"];
const SETTLE_MS = 20_000;

describe("an embedded server that is killed again and again", () => {
  let server: EmbeddedServer;
  beforeAll(async () => {
    server = await startEmbedded();
  });
  // Also checks the file.
  afterAll(() => server.stop());

  it("loses nothing, doubles nothing, and comes up each time", async () => {
    const possible = KINDS.filter((kind) => EMBEDDED_FAULTS[kind]!.isPossible(server));
    // All rare kinds once, and the frequent ones besides.
    const kinds = [...possible, ...embeddedRound(["kill", "kill-start"])].slice(0, FAULTS);
    const options = { seed: SEED, faults: FAULTS, kinds, settleMs: SETTLE_MS };
    const result = await runFaults(embeddedSubject(server), options, () => undefined);
    const { run, injected, stuck } = result;
    // The details of a failure are worth more than the failed assertion.
    if (stuck || !run.findings.isClean) {
      console.error(`seed ${SEED}\n${auditTable(run)}\n${faultsTable(result)}\n${examplesOf(run)}`);
    }
    expect(stuck).toBeNull();
    expect(injected).toHaveLength(FAULTS);
    expect(server.kills).toBeGreaterThanOrEqual(FAULTS / 2);
    expect(run.oracle.tweets.size).toBeGreaterThan(100);
    expect(examplesOf(run)).toBe("");
  }, 300_000);
});
