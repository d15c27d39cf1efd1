import { spawn } from "node:child_process";
import { once } from "node:events";
import { homedir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { isProgram } from "../../dev/programs.ts";
import { freePort } from "../../dev/servers/ports.ts";

/** A running S3 server. */
export interface S3Server {
  readonly endpoint: string;
  stop(): Promise<void>;
}

/** A virtual environment for moto, PyPI's S3 server, so that the system's Python stays unchanged. */
const FOLDER = join(process.env["STARLING_CACHE"] || join(homedir(), ".cache", "starling"), "moto");
const PROGRAM = join(FOLDER, "bin", "moto_server");

/**
 * Finds moto's server: the program that `MOTO_SERVER_BIN` names, else the one in the cache, else installs it there with pip.
 *
 * @returns its path; null when it is missing and can't be installed
 */
export async function findMoto(): Promise<string | null> {
  const own = process.env["MOTO_SERVER_BIN"];
  if (own) return own;
  if (await isProgram(PROGRAM)) return PROGRAM;
  try {
    await run("python3", ["-m", "venv", FOLDER]);
    await run(join(FOLDER, "bin", "pip"), ["install", "--quiet", "--disable-pip-version-check", "moto[server,s3]"]);
    return PROGRAM;
  } catch {
    return null;
  }
}

/** Starts moto on a free port and waits until it answers. */
export async function startMoto(): Promise<S3Server> {
  const program = await findMoto();
  if (program === null)
    throw new Error("moto is missing. Install Python 3 with pip, with access to a package index; then it is fetched");
  const port = await freePort();
  const endpoint = `http://127.0.0.1:${port}`;
  const child = spawn(program, ["-H", "127.0.0.1", "-p", `${port}`], { stdio: "ignore" });
  const exited = once(child, "exit");
  const stop = async () => {
    if (child.exitCode === null && child.signalCode === null) child.kill("SIGKILL");
    await exited;
  };
  for (let tries = 0; ; tries += 1) {
    try {
      if ((await fetch(`${endpoint}/moto-api/data.json`)).ok) return { endpoint, stop };
    } catch (error) {
      if (tries > 300 || child.exitCode !== null) {
        await stop();
        throw error;
      }
    }
    await pause(100);
  }
}

async function run(command: string, args: string[]): Promise<void> {
  const child = spawn(command, args, { stdio: "ignore" });
  const [code] = (await once(child, "exit")) as [number | null];
  if (code !== 0) throw new Error(`${command} ended with ${code}`);
}
