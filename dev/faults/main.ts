// `npm run faults`: see `USAGE`.
import { type Cluster, startCluster } from "../cluster/cluster.ts";
import { NoAnswerError } from "../replay/http.ts";
import { parseOptions, readSeed, UsageError, wholeNumber } from "../replay/options.ts";
import { auditTable, examplesOf } from "../replay/report.ts";
import { ServerMissingError, ServerStartError } from "../servers/index.ts";
import { findFaketime } from "./clock.ts";
import { FAULTS } from "./faults.ts";
import { faultsTable } from "./report.ts";
import { runFaults, SETTLE_MS } from "./run.ts";

const USAGE = `Starts a whole cluster on this machine, lets people use it, and meanwhile hurts it, one fault at a time. Then compares
what everybody sees with what was acknowledged.

  npm run faults -- [options]

  --faults N        how many faults (200); each takes 5 to 20 seconds
  --seed S          a whole number that decides what is hurt and who does what; without, one is drawn and printed
  --only KIND,…     only faults of these kinds
  --help            this text

Kinds: ${Object.keys(FAULTS).join(", ")}.
The clock of a node is set back with libfaketime (Debian's package faketime); where that can't be had, that fault is left
out. Exits with 1 when anything acknowledged is lost, missing, doubled or out of order, when a socket missed a tweet after
its sync, when a key was posted twice, or when the cluster does not recover.`;

interface Options {
  readonly faults: number;
  readonly seed: number;
  readonly only: readonly string[];
}

function readOptions(args: readonly string[]): Options | null {
  const values = parseOptions(args, {
    faults: { type: "string", default: "200" },
    seed: { type: "string" },
    only: { type: "string" },
    help: { type: "boolean" },
  });
  if (values.help) return null;
  const only = values.only?.split(",").filter(Boolean) ?? [];
  const unknown = only.find((kind) => !Object.hasOwn(FAULTS, kind));
  if (unknown !== undefined) throw new UsageError(`There is no fault "${unknown}": ${Object.keys(FAULTS).join(", ")}`);
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
    died: ({ name }, how) => console.error(`${stamp()}  ${name} ended by itself (${how})`),
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
    console.log(`\nSomebody waited more than a second, or had to ask again; average / worst of a fault:`);
    console.log(`${faultsTable(result)}\n\n${stamp().trim()} in all`);
    if (run.findings.isClean && !stuck) return 0;
    if (stuck) console.error(`\nThe cluster did not recover. ${stuck.message}`);
    console.error(`\n${examplesOf(run)}\n\nAgain: ${again}`);
    return 1;
  } catch (error) {
    if (error instanceof NoAnswerError) console.error(`Again: ${again}`);
    throw error;
  } finally {
    await cluster.stop();
  }
}

/** @returns the kinds of faults that can be, of those wanted; all are, where none is named */
async function kindsFor(cluster: Cluster, only: readonly string[]): Promise<string[]> {
  const kinds = (only.length > 0 ? only : Object.keys(FAULTS)).filter((kind) => FAULTS[kind]!.isPossible(cluster));
  if (!kinds.includes("clock-back") || (await findFaketime()) !== null) return kinds;
  console.log("Without clock-back: libfaketime is not here. Install the package faketime.");
  return kinds.filter((kind) => kind !== "clock-back");
}

try {
  const options = readOptions(process.argv.slice(2));
  if (options) process.exitCode = await main(options);
  else console.log(USAGE);
} catch (error) {
  const isExpected = [UsageError, NoAnswerError, ServerMissingError, ServerStartError].some(
    (kind) => error instanceof kind,
  );
  if (!isExpected) throw error;
  console.error((error as Error).message);
  process.exitCode = error instanceof UsageError ? 2 : 1;
}
