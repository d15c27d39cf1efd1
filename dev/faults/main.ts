// `npm run faults`: see `USAGE`.
import { type Cluster, startCluster } from "../cluster/cluster.ts";
import { parseOptions, reportError, UsageError, wholeNumber } from "../../lib/command.ts";
import { NoAnswerError } from "../replay/http.ts";
import { readSeed } from "../replay/options.ts";
import { auditTable, examplesOf } from "../replay/report.ts";
import { ServerMissingError, ServerStartError } from "../servers/index.ts";
import { findFaketime } from "./clock.ts";
import { clusterSubject } from "./cluster.ts";
import { EMBEDDED_FAULTS, embeddedRound, embeddedSubject } from "./embedded.ts";
import { startEmbedded } from "./embedded-server.ts";
import { FAULTS } from "./faults.ts";
import type { Subject } from "./nemesis.ts";
import { faultsTable } from "./report.ts";
import { runFaults, SETTLE_MS } from "./run.ts";

const namesOf = (faults: object) =>
  Object.keys(faults)
    .join(", ")
    .replace(/(.{80,100}?), /g, "$1,\n  ");

const USAGE = `Starts a whole cluster on this machine, runs a load against it, and meanwhile kills, freezes and restarts its
processes, one fault at a time. Then compares every feed, profile, tweet and socket with what the cluster acknowledged.

  npm run faults -- [options]

  --embedded        a single server, as npm start runs it, in place of the cluster
  --faults N        the number of faults (200); each takes 5 to 20 seconds, with --embedded about 2
  --seed S          a whole number that decides all faults and actions; by default one is drawn and printed
  --only KIND,…     only faults of these kinds
  --help            prints this text

Kinds:
  ${namesOf(FAULTS)}

Kinds with --embedded, where kill and kill-start are the most frequent:
  ${namesOf(EMBEDDED_FAULTS)}

The fault clock-back needs libfaketime (Debian's package faketime) and is left out without it; full-disk and
kill-full-disk need Linux. Exits with 1 when an acknowledged tweet is lost, missing, doubled or out of order, when a
socket missed a tweet after its sync, when a key was posted twice, when the system does not recover, or when the file of
the embedded store is damaged; the output then ends with examples and the command for another run.`;

interface Options {
  readonly embedded: boolean;
  readonly faults: number;
  readonly seed: number;
  readonly only: readonly string[];
}

function readOptions(args: readonly string[]): Options | null {
  const { values } = parseOptions(args, {
    embedded: { type: "boolean", default: false },
    faults: { type: "string", default: "200" },
    seed: { type: "string" },
    only: { type: "string" },
    help: { type: "boolean" },
  });
  if (values.help) return null;
  const only = values.only?.split(",").filter(Boolean) ?? [];
  const known = values.embedded ? EMBEDDED_FAULTS : FAULTS;
  const unknown = only.find((kind) => !Object.hasOwn(known, kind));
  if (unknown !== undefined) throw new UsageError(`--only names an unknown fault "${unknown}"`);
  const { embedded } = values;
  return { embedded, faults: wholeNumber("faults", values.faults, 1), seed: readSeed(values.seed), only };
}

/** Runs the faults against a system, and prints what came of it. @returns the exit code */
async function main<S>(subject: Subject<S>, kinds: readonly string[], options: Options, stamp: Stamp): Promise<number> {
  const { faults, seed } = options;
  console.log(`${faults} faults of ${new Set(kinds).size} kinds, seed ${seed}, at ${subject.url}`);
  let count = 0;
  const result = await runFaults(
    subject,
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
  if (stuck) console.error(`\nThe system did not recover. ${stuck.message}`);
  console.error(`\n${examplesOf(run)}`);
  return 1;
}

type Stamp = () => string;

async function attackCluster(options: Options, stamp: Stamp): Promise<number> {
  const cluster = await startCluster({
    env: { RATE_LIMIT_SCALE: "1000000" },
    say: (line) => console.log(line),
    died: ({ name }, how) => console.error(`${stamp()}  ${name} died (${how})`),
  });
  try {
    return await main(clusterSubject(cluster), await kindsFor(cluster, options.only), options, stamp);
  } finally {
    await cluster.stop();
  }
}

async function attackEmbedded(options: Options, stamp: Stamp): Promise<number> {
  const server = await startEmbedded();
  try {
    const subject = embeddedSubject(server);
    const chosen = options.only.length > 0 ? options.only : Object.keys(EMBEDDED_FAULTS);
    const kinds = chosen.filter((kind) => EMBEDDED_FAULTS[kind]!.isPossible(server));
    const code = await main(subject, embeddedRound(kinds), options, stamp);
    console.log(`The server was killed ${server.kills} times.`);
    return code;
  } finally {
    await server.stop();
  }
}

/** @returns the kinds of faults in `only` (all kinds when that is empty) that this machine and cluster allow */
async function kindsFor(cluster: Cluster, only: readonly string[]): Promise<string[]> {
  const kinds = (only.length > 0 ? only : Object.keys(FAULTS)).filter((kind) => FAULTS[kind]!.isPossible(cluster));
  if (!kinds.includes("clock-back") || (await findFaketime()) !== null) return kinds;
  console.log("The fault clock-back is left out, because libfaketime is missing. Install the package faketime for it.");
  return kinds.filter((kind) => kind !== "clock-back");
}

/** The command that repeats this run. */
function commandOf({ embedded, faults, seed, only }: Options): string {
  const words = [...(embedded ? ["--embedded"] : []), `--faults ${faults} --seed ${seed}`];
  if (only.length > 0) words.push(`--only ${only.join()}`);
  return `npm run faults -- ${words.join(" ")}`;
}

async function attack(options: Options): Promise<number> {
  const began = performance.now();
  const stamp = () => `${((performance.now() - began) / 1000).toFixed(0).padStart(5)} s`;
  let code = 1;
  try {
    code = await (options.embedded ? attackEmbedded : attackCluster)(options, stamp);
    return code;
  } finally {
    if (code !== 0) console.error(`\nTo run this again: ${commandOf(options)}`);
  }
}

try {
  const options = readOptions(process.argv.slice(2));
  if (options) process.exitCode = await attack(options);
  else console.log(USAGE);
} catch (error) {
  reportError(error, "faults", [NoAnswerError, ServerMissingError, ServerStartError]);
  process.exitCode = error instanceof UsageError ? 2 : 1;
}
