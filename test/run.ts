// `npm test`: gets what the tests need before several workers ask for it at once, runs jest with the arguments given,
// and ends with a line "N passed, N failed". In CI nothing may be skipped.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { findServer, SERVER_NAMES, ServerMissingError } from "../dev/servers/index.ts";
import { temporaryFolder } from "../dev/servers/guard.ts";
import { KINDS } from "../dev/servers/kinds.ts";
import { findChromium, installChromium } from "./support/chromium.ts";

const ROOT = join(import.meta.dirname, "..");
const JEST = join(ROOT, "node_modules", "jest", "bin", "jest.js");
/** What jest needs for ES modules, and no line about it from each worker. */
const NODE_FLAGS = ["--experimental-vm-modules", "--disable-warning=ExperimentalWarning"];

interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** @returns the variables that tell tests where the real servers and the browser are */
async function findTools(): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const name of SERVER_NAMES) {
    process.stdout.write(`${name}: `);
    try {
      console.log((found[KINDS[name].variable] = await findServer(name)));
    } catch (error) {
      if (!(error instanceof ServerMissingError)) throw error;
      console.log(`none, so tests that need it are skipped. ${error.message}`);
    }
  }
  process.stdout.write("chromium: ");
  const chromium = findChromium() ?? (await installChromium());
  if (chromium) found["CHROMIUM_BIN"] = chromium;
  console.log(chromium ?? "none, so tests in a browser are skipped. Install it, or set CHROMIUM_BIN to its path.");
  return found;
}

/** Runs jest. @returns its exit code, and the counts unless it broke off before it had any */
async function runJest(args: string[], env: Record<string, string>): Promise<{ code: number; counts: Counts | null }> {
  const folder = await temporaryFolder("starling-jest-");
  const results = join(folder.path, "results.json");
  const fixed = ["--config", join(ROOT, "jest.config.js"), "--json", "--outputFile", results];
  const jest = spawn(process.execPath, [...NODE_FLAGS, JEST, ...fixed, ...args], {
    cwd: ROOT,
    env: { ...process.env, ...env },
    stdio: "inherit",
  });
  // A Ctrl-C reaches jest too, and it decides how to end; other signals come here alone.
  process.on("SIGINT", () => undefined);
  for (const signal of ["SIGTERM", "SIGHUP"] as const) process.on(signal, () => jest.kill(signal));
  const [code] = (await once(jest, "exit")) as [number | null];
  try {
    return { code: code ?? 1, counts: await readCounts(results) };
  } finally {
    await folder.remove();
  }
}

async function readCounts(file: string): Promise<Counts | null> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
  const results = JSON.parse(text) as Record<string, number>;
  const count = (name: string) => results[name] ?? 0;
  return {
    passed: count("numPassedTests"),
    // A file that could not even be loaded has failed as well, with tests that nobody knows.
    failed: count("numFailedTests") + count("numRuntimeErrorTestSuites"),
    skipped: count("numPendingTests") + count("numTodoTests"),
  };
}

const { code, counts } = await runJest(process.argv.slice(2), await findTools());
process.exitCode = code;
if (counts) {
  const { passed, failed, skipped } = counts;
  if (failed > 0 || (skipped > 0 && process.env["CI"])) process.exitCode ||= 1;
  console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`);
}
