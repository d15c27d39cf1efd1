import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { brotliCompressSync, gzipSync } from "node:zlib";

const ROOT = join(import.meta.dirname, "..");
const WEB = join(ROOT, "web");
const DIST = join(WEB, "dist");
/** The file in a build that holds the hash of its sources. */
const MARK = ".built-from";
/** Files and folders outside `web/` from which the client is built. */
const SHARED = ["contract", "lib", "services/pages/palette.css", "package-lock.json"];
const LOCK = join(WEB, ".dist-lock");
const VITE = join(ROOT, "node_modules/vite/bin/vite.js");
const LOCK_POLL_MS = 50;
/** Pictures are compressed already, and smaller files gain nothing. */
const COMPRESSED = /\.(css|js|svg|webmanifest)$/;
const COMPRESSION_MIN_BYTES = 1024;
/** The holder writes its process id right after it has created the lock. An empty lock this old has lost its holder. */
const EMPTY_LOCK_MS = 10_000;

/**
 * Builds the web client, unless there is a build of the current sources. A production install has no Vite, so it uses the
 * build that it has. A failed build is only reported, since the API works without the client.
 *
 * @param say gets one message after a build, successful or not
 */
export async function ensureWebBuilt(say: (line: string) => void): Promise<void> {
  if (!existsSync(VITE) || !existsSync(join(WEB, "index.html"))) return;
  const sources = hashOfSources();
  if (builtFrom(DIST) === sources) return;
  try {
    await withLock(async () => {
      // The last holder of the lock may have built it already.
      if (builtFrom(DIST) === sources) return;
      const started = performance.now();
      await build(sources);
      say(`Built the web client (${((performance.now() - started) / 1000).toFixed(1)} s).`);
    });
  } catch (error) {
    say(
      `The web client could not be built. The last build stays in place:\n${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

/** Runs one build at a time, because several servers may start together, for example in tests. */
async function withLock(work: () => Promise<void>): Promise<void> {
  for (;;) {
    try {
      writeFileSync(LOCK, String(process.pid), { flag: "wx" });
      break;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
      if (isLeftOver()) rmSync(LOCK, { force: true });
      else await pause(LOCK_POLL_MS);
    }
  }
  try {
    await work();
  } finally {
    rmSync(LOCK, { force: true });
  }
}

/** Whether the holder of the lock has ended without releasing it. */
function isLeftOver(): boolean {
  try {
    const holder = Number(readFileSync(LOCK, "utf8"));
    if (holder === 0) return Date.now() - statSync(LOCK).mtimeMs > EMPTY_LOCK_MS;
    process.kill(holder, 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ESRCH";
  }
}

/** Builds into another folder, and replaces the last build when the new one is complete. @throws Error with Vite's output */
async function build(sources: string): Promise<void> {
  const fresh = join(WEB, `.dist-${process.pid}`);
  try {
    const child = spawn(
      process.execPath,
      [VITE, "build", WEB, "--outDir", fresh, "--emptyOutDir", "--logLevel", "warn"],
      {
        cwd: ROOT,
        // Tests run this with another NODE_ENV, and need a production build all the same. NODE_DISABLE_COMPILE_CACHE
        // keeps Vite from leaving a compile cache in the folder for temporary files.
        env: { ...process.env, NODE_ENV: "production", NODE_DISABLE_COMPILE_CACHE: "1" },
        stdio: ["ignore", "pipe", "pipe"],
      },
    );
    let output = "";
    for (const stream of [child.stdout, child.stderr])
      stream.on("data", (chunk: Buffer) => (output += chunk.toString()));
    const [code] = (await once(child, "close")) as [number | null];
    if (code !== 0) throw new Error(output.trim());
    compressFiles(fresh);
    writeFileSync(join(fresh, MARK), sources);
    rmSync(DIST, { recursive: true, force: true });
    renameSync(fresh, DIST);
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
}

/** Puts `FILE.br` and `FILE.gz` beside the files of a build, as small as can be: they are made once, and sent often. */
function compressFiles(dist: string): void {
  for (const file of filesIn(dist)) {
    if (!COMPRESSED.test(file) || statSync(file).size < COMPRESSION_MIN_BYTES) continue;
    const content = readFileSync(file);
    writeFileSync(`${file}.br`, brotliCompressSync(content));
    writeFileSync(`${file}.gz`, gzipSync(content, { level: 9 }));
  }
}

function builtFrom(dist: string): string | null {
  const mark = join(dist, MARK);
  return existsSync(mark) ? readFileSync(mark, "utf8") : null;
}

/** Hashes contents instead of times, because a checkout changes the times of all files. */
function hashOfSources(): string {
  const hash = createHash("sha256");
  const files = [WEB, ...SHARED.map((name) => join(ROOT, name))]
    .flatMap(filesIn)
    .filter((file) => !/[/\\](dist[/\\]|\.dist-)/.test(file.slice(ROOT.length)))
    .sort();
  for (const file of files) hash.update(file.slice(ROOT.length)).update(readFileSync(file));
  return hash.digest("hex");
}

function filesIn(path: string): string[] {
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((file) => file.isFile())
    .map((file) => join(file.parentPath, file.name));
}

if (import.meta.main) await ensureWebBuilt((line) => process.stdout.write(`${line}\n`));
