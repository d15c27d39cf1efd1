import { execFile } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);
const COMMANDS = ["chromium", "chromium-browser", "google-chrome"];

/** @returns the path of Chromium, from `CHROMIUM_BIN`, else from the PATH; null when there is none */
export function findChromium(env: Readonly<Record<string, string | undefined>> = process.env): string | null {
  if (env["CHROMIUM_BIN"]) return env["CHROMIUM_BIN"];
  const folders = (env["PATH"] ?? "").split(delimiter).filter(Boolean);
  return folders.flatMap((folder) => COMMANDS.map((command) => join(folder, command))).find(isProgram) ?? null;
}

/**
 * Installs Chromium when this runs as root on Debian or a relative of it.
 *
 * @returns its path, or null on any other system
 * @throws Error with the output of apt-get
 */
export async function installChromium(): Promise<string | null> {
  if (process.getuid?.() !== 0 || !isProgram("/usr/bin/apt-get")) return null;
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  await run("apt-get", ["update", "-qq"], { env });
  await run("apt-get", ["install", "-y", "-qq", "--no-install-recommends", "chromium"], { env, maxBuffer: 2 ** 26 });
  return findChromium();
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
