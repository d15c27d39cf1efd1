import { execFile } from "node:child_process";
import { glob, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import type { ClusterNode } from "../cluster/node.ts";
import { temporaryFolder } from "../servers/guard.ts";

/** As much as a clock that nobody sets is off after weeks; by more, its node is broken and not just late. */
const SECONDS_BACK = 30;
/** Where Debian and Fedora put libfaketime, for programs of several threads. */
const LIBRARIES = ["/usr/lib/*/faketime/libfaketimeMT.so.1", "/usr/lib64/faketime/libfaketimeMT.so.1"];

const run = promisify(execFile);

/**
 * Finds libfaketime, which shows a process another time; installs it as root on Debian.
 *
 * @returns its path, or null when it can't be had
 */
export async function findFaketime(): Promise<string | null> {
  const found = await findLibrary();
  if (found !== null || process.getuid?.() !== 0) return found;
  try {
    await run("apt-get", ["install", "-y", "-qq", "faketime"], {
      env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
    });
  } catch {
    return null;
  }
  return findLibrary();
}

async function findLibrary(): Promise<string | null> {
  for (const pattern of LIBRARIES) for await (const path of glob(pattern)) return path;
  return null;
}

/**
 * Restarts a node with a clock of its own, and sets that back while it runs.
 *
 * @returns sets it right again, and restarts the node as it was
 */
export async function setClockBack(node: ClusterNode): Promise<() => Promise<void>> {
  const library = await findFaketime();
  if (library === null) throw new Error("libfaketime is gone: install the package faketime");
  const folder = await temporaryFolder("starling-clock-");
  const file = join(folder.path, "offset");
  const settings = {
    LD_PRELOAD: library,
    FAKETIME_TIMESTAMP_FILE: file,
    // It looks at the file at most so often, in seconds.
    FAKETIME_CACHE_DURATION: "1",
    // Timers go on as they do when somebody sets a real clock.
    DONT_FAKE_MONOTONIC: "1",
  };
  await writeFile(file, "+0");
  Object.assign(node.env, settings);
  await node.restart();
  await writeFile(file, `-${SECONDS_BACK}`);
  return async () => {
    await writeFile(file, "+0");
    for (const name of Object.keys(settings)) delete node.env[name];
    await node.restart();
    await folder.remove();
  };
}
