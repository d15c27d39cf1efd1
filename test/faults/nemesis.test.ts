import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, it } from "@jest/globals";
import { startCluster } from "../../dev/cluster/cluster.ts";
import { findFaketime } from "../../dev/faults/clock.ts";
import { clusterSubject } from "../../dev/faults/cluster.ts";
import { scheduleFaults } from "../../dev/faults/nemesis.ts";
import { faultsTable } from "../../dev/faults/report.ts";
import { runFaults, SETTLE_MS } from "../../dev/faults/run.ts";
import { createRandom } from "../../dev/replay/random.ts";
import { auditTable, examplesOf } from "../../dev/replay/report.ts";
import { SERVER_NAMES } from "../../dev/servers/index.ts";
import { describeWith, useServer } from "../support/servers.ts";

const MAIN = join(import.meta.dirname, "../../dev/faults/main.ts");
const SEED = 12;
const describe = await describeWith(...SERVER_NAMES);

/** The gateways also run the services without nodes. */
const start = () =>
  startCluster({
    nodes: { users: 0, graph: 0, media: 0, notifier: 1 },
    balancer: "node",
    env: { RATE_LIMIT_SCALE: "1000000" },
  });

/**
 * At least one fault of each kind of part: node, mongod, NATS, stream, all, clock. Kills of single nodes, of Redis (which
 * comes back empty) and of NATS are in outages.test.ts; a primary that is killed or hangs is in mongo-outages.test.ts.
 * `npm run faults` has them all.
 */
const KINDS = [
  ...["freeze-timeline", "cut-mongo-primary"],
  ...["freeze-nats", "delete-streams", "restart-all"],
  ...((await findFaketime()) === null ? [] : ["clock-back"]),
];

describe("a cluster under repeated faults", () => {
  const cluster = useServer(start);

  it("loses nothing, doubles nothing, and recovers each time", async () => {
    const result = await runFaults(
      clusterSubject(cluster()),
      { seed: SEED, faults: KINDS.length, kinds: KINDS, settleMs: SETTLE_MS },
      () => undefined,
    );
    const { run, injected, stuck } = result;
    // The details of a failure are worth more than the failed assertion.
    if (stuck || !run.findings.isClean) {
      console.error(`seed ${SEED}\n${auditTable(run)}\n${faultsTable(result)}\n${examplesOf(run)}`);
    }
    expect(stuck).toBeNull();
    expect(injected.map(({ kind }) => kind).sort()).toEqual([...KINDS].sort());
    expect(run.oracle.tweets.size).toBeGreaterThan(100);
    expect(examplesOf(run)).toBe("");
  }, 900_000);

  it("is found to lose tweets when its nodes trust a single mongod, and that dies", async () => {
    const { nodes } = cluster();
    for (const { env } of nodes) env["MONGO_URL"] += "&w=1";
    await Promise.all(nodes.map((node) => node.restart()));
    const kinds = ["cut-mongo-primary"];
    const { run } = await runFaults(
      clusterSubject(cluster()),
      { seed: SEED, faults: 1, kinds, settleMs: 5000 },
      () => undefined,
    );
    expect(run.findings.count("lost")).toBeGreaterThan(0);
    expect(run.findings.count("missing")).toBeGreaterThan(0);
  }, 600_000);
});

describe("the schedule of faults", () => {
  it("is the same for the same seed, and has each kind once before any kind repeats", () => {
    const scheduleOf = (seed: number) => {
      const schedule = scheduleFaults(KINDS, createRandom(seed));
      return Array.from({ length: 3 * KINDS.length }, () => schedule.next().value);
    };
    expect(scheduleOf(1)).toEqual(scheduleOf(1));
    expect(scheduleOf(1)).not.toEqual(scheduleOf(2));
    for (let round = 0; round < 3; round += 1) {
      const kinds = scheduleOf(1).slice(round * KINDS.length, (round + 1) * KINDS.length);
      expect(kinds.sort()).toEqual([...KINDS].sort());
    }
  });
});

describe("npm run faults", () => {
  it("prints its options, and refuses unknown faults", async () => {
    const run = (...args: string[]) =>
      promisify(execFile)(process.execPath, [MAIN, ...args]).then(
        ({ stdout }) => ({ code: 0, said: stdout }),
        (error: { code: number; stderr: string }) => ({ code: error.code, said: error.stderr }),
      );
    expect(await run("--help")).toEqual({ code: 0, said: expect.stringContaining("cut-mongo-primary") });
    expect(await run("--only", "earthquake")).toEqual({ code: 2, said: expect.stringContaining('"earthquake"') });
    expect(await run("--faults", "0")).toEqual({ code: 2, said: expect.stringContaining("--faults") });
  });
});
