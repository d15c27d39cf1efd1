import { spawn } from "node:child_process";
import { once } from "node:events";
import { access } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { homedir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";

/** A running S3 server. */
export interface S3Server {
  readonly endpoint: string;
  stop(): Promise<void>;
}

/** Where the first test that needs it puts moto, PyPI's S3 server: never into the system's own Python. */
const FOLDER = join(process.env["STARLING_CACHE"] || join(homedir(), ".cache", "starling"), "moto");
const PROGRAM = join(FOLDER, "bin", "moto_server");

/**
 * @returns a command that starts moto's server: what `MOTO_SERVER_BIN` names, else from the cache, where pip puts it
 *   first; null when it can't be had
 */
export async function findMoto(): Promise<string | null> {
  const own = process.env["MOTO_SERVER_BIN"];
  if (own) return own;
  if (await exists(PROGRAM)) return PROGRAM;
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
  if (program === null) throw new Error("moto can't be had: Python 3 with pip and its package index are missing");
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

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const { port } = probe.address() as AddressInfo;
  probe.close();
  return port;
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

async function run(command: string, args: string[]): Promise<void> {
  const child = spawn(command, args, { stdio: "ignore" });
  const [code] = (await once(child, "exit")) as [number | null];
  if (code !== 0) throw new Error(`${command} ended with ${code}`);
}
