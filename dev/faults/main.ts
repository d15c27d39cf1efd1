// `npm run faults`: see `USAGE`.
import { type Cluster, startCluster } from "../cluster/cluster.ts";
import { parseOptions, reportError, UsageError, wholeNumber } from "../../lib/command.ts";
import { NoAnswerError } from "../replay/http.ts";
import { readSeed } from "../replay/options.ts";
import { auditTable, examplesOf } from "../replay/report.ts";
import { ServerMissingError, ServerStartError } from "../servers/index.ts";
import { findFaketime } from "./clock.ts";
import { FAULTS } from "./faults.ts";
import { faultsTable } from "./report.ts";
import { runFaults, SETTLE_MS } from "./run.ts";

const USAGE = `Starts a whole cluster on this machine, runs a load against it, and meanwhile kills, freezes and restarts its
processes, one fault at a time. Then compares every feed, profile, tweet and socket with what the cluster acknowledged.

  npm run faults -- [options]

  --faults N        the number of faults (200); each takes 5 to 20 seconds
  --seed S          a whole number that decides all faults and actions; by default one is drawn and printed
  --only KIND,…     only faults of these kinds
  --help            prints this text

Kinds:
  ${Object.keys(FAULTS)
    .join(", ")
    .replace(/(.{80,100}?), /g, "$1,\n  ")}

The fault clock-back needs libfaketime (Debian's package faketime) and is left out without it. Exits with 1 when an
acknowledged tweet is lost, missing, doubled or out of order, when a socket missed a tweet after its sync, when a key was
posted twice, or when the cluster does not recover; the output then ends with examples and the command for another run.`;

interface Options {
  readonly faults: number;
  readonly seed: number;
  readonly only: readonly string[];
}

function readOptions(args: readonly string[]): Options | null {
  const { values } = parseOptions(args, {
    faults: { type: "string", default: "200" },
    seed: { type: "string" },
    only: { type: "string" },
    help: { type: "boolean" },
  });
  if (values.help) return null;
  const only = values.only?.split(",").filter(Boolean) ?? [];
  const unknown = only.find((kind) => !Object.hasOwn(FAULTS, kind));
  if (unknown !== undefined) throw new UsageError(`--only names an unknown fault "${unknown}"`);
  return { faults: wholeNumber("faults", values.faults, 1), seed: readSeed(values.seed), only };
}

/** @returns the exit code */
async function main({ faults, seed, only }: Options): Promise<number> {
  const began = performance.now();
  const stamp = () => `${((performance.now() - began) / 1000).toFixed(0).padStart(5)} s`;
  const again = `npm run faults -- --faults ${faults} --seed ${seed}${only.length > 0 ? ` --only ${only.join(",")}` : ""}`;
  const cluster = await startCluster({
    env: { RATE_LIMIT_SCALE: "1000000" },
    say: (line) => console.log(line),
    died: ({ name }, how) => console.error(`${stamp()}  ${name} died (${how})`),
  });
  try {
    const kinds = await kindsFor(cluster, only);
    console.log(`${faults} faults of ${kinds.length} kinds, seed ${seed}, at ${cluster.url}`);
    let count = 0;
    const result = await runFaults(
      cluster,
      { seed, faults, kinds, settleMs: SETTLE_MS },
      ({ kind, target, from, until }) => {
        const lasted = ((until - from) / 1000).toFixed(1).padStart(5);
        console.log(`${stamp()}  ${String((count += 1)).padStart(3)}/${faults}  ${lasted} s  ${kind}: ${target}`);
      },
    );
    const { run, injected, stuck } = result;
    console.log(`\n${auditTable(run)}\n\n  faults ${injected.length}, retries ${run.measures.retries}`);
    console.log("\nSeconds per fault in which people waited over a second or had to retry, mean / longest:");
    console.log(`${faultsTable(result)}\n\n${stamp().trim()} in total`);
    if (run.findings.isClean && !stuck) return 0;
    if (stuck) console.error(`\nThe cluster did not recover. ${stuck.message}`);
    console.error(`\n${examplesOf(run)}\n\nTo run this again: ${again}`);
    return 1;
  } catch (error) {
    if (error instanceof NoAnswerError) console.error(`To run this again: ${again}`);
    throw error;
  } finally {
    await cluster.stop();
  }
}

/** @returns the kinds of faults in `only` (all kinds when that is empty) that this machine and cluster allow */
async function kindsFor(cluster: Cluster, only: readonly string[]): Promise<string[]> {
  const kinds = (only.length > 0 ? only : Object.keys(FAULTS)).filter((kind) => FAULTS[kind]!.isPossible(cluster));
  if (!kinds.includes("clock-back") || (await findFaketime()) !== null) return kinds;
  console.log("The fault clock-back is left out, because libfaketime is missing. Install the package faketime for it.");
  return kinds.filter((kind) => kind !== "clock-back");
}

try {
  const options = readOptions(process.argv.slice(2));
  if (options) process.exitCode = await main(options);
  else console.log(USAGE);
} catch (error) {
  reportError(error, "faults", [NoAnswerError, ServerMissingError, ServerStartError]);
  process.exitCode = error instanceof UsageError ? 2 : 1;
}
