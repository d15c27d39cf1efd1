import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";

const ROOT = join(import.meta.dirname, "..");
const WEB = join(ROOT, "web");
const DIST = join(WEB, "dist");
/** Says of which sources a build is. */
const MARK = ".built-from";
const LOCK = join(WEB, ".dist-lock");
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
  try {
    await withLock(async () => {
      // Whoever had the lock before may have built it.
      if (builtFrom(DIST) === sources) return;
      const started = performance.now();
      await build(sources);
      say(`The web client is built (${((performance.now() - started) / 1000).toFixed(1)} s).`);
    });
  } catch (error) {
    say(
      `The web client could not be built, and is left as it was:\n${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

/** One build at a time: several servers may start at once, in tests for example. */
async function withLock(work: () => Promise<void>): Promise<void> {
  for (;;) {
    try {
      writeFileSync(LOCK, String(process.pid), { flag: "wx" });
      break;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
      if (isLeftOver()) rmSync(LOCK, { force: true });
      else await pause(50);
    }
  }
  try {
    await work();
  } finally {
    rmSync(LOCK, { force: true });
  }
}

/** Whether the process that holds the lock has ended without giving it back. */
function isLeftOver(): boolean {
  try {
    const holder = Number(readFileSync(LOCK, "utf8"));
    // Just made, and not yet written to: unless that was long ago.
    if (holder === 0) return Date.now() - statSync(LOCK).mtimeMs > 10_000;
    process.kill(holder, 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ESRCH";
  }
}

/** Builds beside what is there, and puts it in its place when it is whole. @throws Error with what Vite says */
async function build(sources: string): Promise<void> {
  const fresh = join(WEB, `.dist-${process.pid}`);
  try {
    const child = spawn(
      process.execPath,
      [VITE, "build", WEB, "--outDir", fresh, "--emptyOutDir", "--logLevel", "warn"],
      {
        cwd: ROOT,
        // Whatever runs this, a test for example: what is built is the product. Vite leaves no compile cache behind in the
        // folder for temporary files.
        env: { ...process.env, NODE_ENV: "production", NODE_DISABLE_COMPILE_CACHE: "1" },
        stdio: ["ignore", "pipe", "pipe"],
      },
    );
    let output = "";
    for (const stream of [child.stdout, child.stderr])
      stream.on("data", (chunk: Buffer) => (output += chunk.toString()));
    const [code] = (await once(child, "close")) as [number | null];
    if (code !== 0) throw new Error(output.trim());
    writeFileSync(join(fresh, MARK), sources);
    rmSync(DIST, { recursive: true, force: true });
    renameSync(fresh, DIST);
  } finally {
    rmSync(fresh, { recursive: true, force: true });
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
    .filter((file) => !/[/\\](dist[/\\]|\.dist-)/.test(file.slice(ROOT.length)))
    .sort();
  for (const file of [...files, join(ROOT, "package-lock.json")])
    hash.update(file.slice(ROOT.length)).update(readFileSync(file));
  return hash.digest("hex");
}

if (import.meta.main) await ensureWebBuilt((line) => process.stdout.write(`${line}\n`));
