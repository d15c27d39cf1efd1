// `npm test`: finds or fetches the programs that tests need, before several workers look for them at once. Then runs jest
// with the given arguments, and ends with a line "N passed, N failed". In CI, a skipped test is a failure. Without
// arguments, the tests of the API run twice: against embedded servers, then the same files against a cluster.
// `npm test -- --cluster FILES…` runs those files against a cluster only.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { findChromium, installChromium } from "../dev/chromium.ts";
import { startCluster } from "../dev/cluster/cluster.ts";
import { findServer, SERVER_NAMES, ServerMissingError } from "../dev/servers/index.ts";
import { temporaryFolder } from "../dev/servers/guard.ts";
import { KINDS } from "../dev/servers/kinds.ts";
import { findSchemathesis } from "./support/schemathesis.ts";

const ROOT = join(import.meta.dirname, "..");
const JEST = join(ROOT, "node_modules", "jest", "bin", "jest.js");
const API_TESTS = "test/e2e/api/";
/** Tests with a browser keep two cores busy, two files at a time. The others wait for most of the time, so more run at once. */
const IN_BROWSERS = "test/e2e/web/";
const OTHERS_AT_ONCE = 3;
/**
 * Tests that start a dozen processes each, or wait for elections, which a busy machine delays. On two cores they would slow
 * each other down, so they run one by one.
 */
const ALONE = [
  "test/faults/nemesis",
  "test/faults/outages",
  "test/faults/push-cluster",
  "test/integration/cluster",
  "test/integration/mongo-outages",
  "test/integration/push-walk",
];
/** jest needs the first flag for ES modules; the second one silences a warning about that from each worker. */
const NODE_FLAGS = ["--experimental-vm-modules", "--disable-warning=ExperimentalWarning"];

interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

interface Outcome {
  readonly code: number;
  readonly counts: Counts | null;
  /** A text for each failure. */
  readonly failures: readonly string[];
}

/** The fields that we read from the file that jest writes with `--outputFile`. */
interface Results {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numRuntimeErrorTestSuites: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly message: string;
    readonly assertionResults: readonly { fullName: string; status: string; failureMessages: readonly string[] }[];
  }[];
}

/** Lines of a failure's message that the summary repeats. */
const SUMMARY_LINES = 30;

let running: ChildProcess | undefined;

/** @returns environment variables with the paths of the real servers and of the browser */
async function findTools(): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const name of SERVER_NAMES) {
    process.stdout.write(`${name}: `);
    try {
      console.log((found[KINDS[name].variable] = await findServer(name)));
    } catch (error) {
      if (!(error instanceof ServerMissingError)) throw error;
      console.log(`none, so the tests that need it are skipped. ${error.message}`);
    }
  }
  process.stdout.write("chromium: ");
  const chromium = findChromium() ?? (await installChromium());
  if (chromium) found["CHROMIUM_BIN"] = chromium;
  console.log(chromium ?? "none, so the browser tests are skipped. Install it, or set CHROMIUM_BIN to its path.");
  process.stdout.write("schemathesis: ");
  console.log(
    await findSchemathesis().catch(
      (error: Error) => `none, so the tests that need it are skipped. Fetching it failed: ${error.message}`,
    ),
  );
  return found;
}

/** Runs jest. @returns the exit code, the failures, and the counts; null for these when jest did not finish */
async function runJest(args: string[], env: Record<string, string>): Promise<Outcome> {
  const folder = await temporaryFolder("starling-jest-");
  const results = join(folder.path, "results.json");
  const fixed = ["--config", join(ROOT, "jest.config.js"), "--json", "--outputFile", results];
  const jest = spawn(process.execPath, [...NODE_FLAGS, JEST, ...fixed, ...args], {
    cwd: ROOT,
    env: { ...process.env, ...env },
    stdio: "inherit",
  });
  running = jest;
  const [code] = (await once(jest, "exit")) as [number | null];
  try {
    const read = await readResults(results);
    return { code: code ?? 1, counts: read && countsOf(read), failures: read ? failuresIn(read) : [] };
  } finally {
    await folder.remove();
  }
}

/** Runs jest against a cluster with two gateways and one node of each other kind. Errors in a node's log are failures too. */
async function runAgainstCluster(args: string[], tools: Record<string, string>): Promise<Outcome> {
  Object.assign(process.env, tools);
  const one = { users: 1, graph: 1, tweets: 1, timeline: 1, notifier: 1, media: 1 };
  const env = { RATE_LIMIT_SCALE: "1000000" };
  // Always this repository's balancer: the tests expect its treatment of malformed requests, and HAProxy may be missing.
  const cluster = await startCluster({ nodes: one, balancer: "node", env, say: (line) => console.log(line) });
  try {
    // One file at a time, because the cluster's own processes already use all cores of a small machine.
    const outcome = await runJest([...args, "--maxWorkers=1"], { ...tools, STARLING_TEST_URL: cluster.url });
    const logged = (await Promise.all(cluster.nodes.map(failuresOf))).flat();
    return logged.length > 0 ? { ...outcome, code: 1, failures: [...outcome.failures, ...logged] } : outcome;
  } finally {
    await cluster.stop();
  }
}

/** The errors in a node's log. No test causes one on purpose. */
async function failuresOf({ name, logFile }: { name: string; logFile: string }): Promise<string[]> {
  const lines = (await readFile(logFile, "utf8")).split("\n");
  return lines.filter((line) => /\b(?:ERROR|FATAL)\b|unhandled|uncaught/i.test(line)).map((line) => `${name}: ${line}`);
}

async function readResults(file: string): Promise<Results | null> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
  return JSON.parse(text) as Results;
}

function countsOf(results: Results): Counts {
  return {
    passed: results.numPassedTests,
    // A file that could not be loaded counts as one failure, because the number of its tests is unknown.
    failed: results.numFailedTests + results.numRuntimeErrorTestSuites,
    skipped: results.numPendingTests + results.numTodoTests,
  };
}

function failuresIn({ testResults }: Results): string[] {
  return testResults
    .filter(({ status }) => status === "failed")
    .flatMap(({ name, message, assertionResults }) => {
      const file = relative(ROOT, name);
      const failed = assertionResults.filter(({ status }) => status === "failed");
      if (failed.length === 0) return [shortened(`${file}\n${message}`)];
      return failed.map((test) => shortened(`${file} › ${test.fullName}\n${test.failureMessages.join("\n")}`));
    });
}

function shortened(text: string): string {
  const lines = stripVTControlCharacters(text)
    .split("\n")
    .filter((line) => !/node_modules|\(node:/.test(line));
  return lines.slice(0, SUMMARY_LINES).join("\n    ");
}

// A Ctrl-C reaches jest too, which then ends by itself. Other signals reach only this process.
process.on("SIGINT", () => undefined);
let isEnding = false;
for (const signal of ["SIGTERM", "SIGHUP"] as const) {
  process.on(signal, () => {
    isEnding = true;
    running?.kill(signal);
  });
}

const args = process.argv.slice(2);
const files = args.filter((arg) => arg !== "--cluster");
const tools = await findTools();
const hasServers = SERVER_NAMES.every((name) => tools[KINDS[name].variable] !== undefined);
const outcomes: Outcome[] = [];
if (args.length === 0) {
  const others = [`--maxWorkers=${OTHERS_AT_ONCE}`, "--testPathIgnorePatterns", IN_BROWSERS, ...ALONE];
  for (const run of [[IN_BROWSERS], others, ["--runInBand", ...ALONE]]) {
    if (!isEnding) outcomes.push(await runJest(run, tools));
  }
} else if (files.length === args.length) outcomes.push(await runJest(files, tools));
if (args.length === 0 && !hasServers)
  console.log("The tests of the API did not run against a cluster, because a server is missing: see above.");
else if (!isEnding && (args.length === 0 || files.length < args.length)) {
  outcomes.push(await runAgainstCluster(files.length > 0 ? files : [API_TESTS], tools));
}

process.exitCode = outcomes.find(({ code }) => code !== 0)?.code ?? 0;
const sum = (name: keyof Counts) => outcomes.reduce((all, { counts }) => all + (counts?.[name] ?? 0), 0);
const [passed, failed, skipped] = [sum("passed"), sum("failed"), sum("skipped")];
if (failed > 0 || (skipped > 0 && process.env["CI"])) process.exitCode ||= 1;
// Repeated at the end, because thousands of lines may separate a failure from the counts.
const failures = outcomes.flatMap((outcome) => outcome.failures);
if (failures.length > 0) console.log(`\nFailures:\n\n${failures.join("\n\n")}\n`);
if (outcomes.some(({ counts }) => counts)) {
  console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`);
}
