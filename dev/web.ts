import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const ROOT = join(import.meta.dirname, "..");
const WEB = join(ROOT, "web");
const DIST = join(WEB, "dist");
/** Says of which sources a build is. */
const MARK = ".built-from";
const VITE = join(ROOT, "node_modules/vite/bin/vite.js");

/**
 * Builds the web client where it is missing or of other sources than those that are here. Without Vite (a production
 * install), what is built is taken as it is. A failed build is told and no more: the API works without the client.
 *
 * @param say gets one line when something was built, or could not be
 */
export async function ensureWebBuilt(say: (line: string) => void): Promise<void> {
  if (!existsSync(VITE) || !existsSync(join(WEB, "index.html"))) return;
  const sources = hashOfSources();
  if (builtFrom(DIST) === sources) return;
  const started = performance.now();
  const failure = await build(sources);
  if (failure === null) say(`The web client is built (${((performance.now() - started) / 1000).toFixed(1)} s).`);
  else say(`The web client could not be built, and is left as it was:\n${failure}`);
}

/** Builds beside what is there, then takes its place in one step: a server that starts meanwhile finds a whole one. */
async function build(sources: string): Promise<string | null> {
  const fresh = join(WEB, `.dist-${process.pid}`);
  const old = `${fresh}-old`;
  try {
    const child = spawn(
      process.execPath,
      [VITE, "build", WEB, "--outDir", fresh, "--emptyOutDir", "--logLevel", "warn"],
      {
        cwd: ROOT,
        // Whatever runs this, a test for example: what is built is the product.
        env: { ...process.env, NODE_ENV: "production" },
        stdio: ["ignore", "pipe", "pipe"],
      },
    );
    let output = "";
    for (const stream of [child.stdout, child.stderr])
      stream.on("data", (chunk: Buffer) => (output += chunk.toString()));
    const [code] = (await once(child, "close")) as [number | null];
    if (code !== 0) return output.trim();
    writeFileSync(join(fresh, MARK), sources);
    if (existsSync(DIST)) renameSync(DIST, old);
    // Another process may have been as quick: then its build, of the same sources, stays.
    if (!existsSync(DIST)) renameSync(fresh, DIST);
    return null;
  } catch (error) {
    return builtFrom(DIST) === sources ? null : String(error);
  } finally {
    for (const folder of [fresh, old]) rmSync(folder, { recursive: true, force: true });
  }
}

function builtFrom(dist: string): string | null {
  const mark = join(dist, MARK);
  return existsSync(mark) ? readFileSync(mark, "utf8") : null;
}

/** By content, since a checkout gives every file the time of its own. */
function hashOfSources(): string {
  const hash = createHash("sha256");
  const files = readdirSync(WEB, { recursive: true, withFileTypes: true })
    .filter((file) => file.isFile())
    .map((file) => join(file.parentPath, file.name))
    .filter((file) => !/[/\\](\.?dist|\.dist-[\w-]+)[/\\]/.test(file))
    .sort();
  for (const file of [...files, join(ROOT, "package-lock.json")])
    hash.update(file.slice(ROOT.length)).update(readFileSync(file));
  return hash.digest("hex");
}

if (import.meta.main) await ensureWebBuilt((line) => process.stdout.write(`${line}\n`));
