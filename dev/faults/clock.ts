import { execFile } from "node:child_process";
import { glob, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import type { ClusterNode } from "../cluster/node.ts";
import { temporaryFolder } from "../servers/guard.ts";

/** The drift of an unsynchronised clock after weeks. A larger offset would mean a broken node, not a slow clock. */
const OFFSET_SECONDS = 30;
/** The places of libfaketime for multi-threaded programs, on Debian and on Fedora. */
const LIBRARIES = ["/usr/lib/*/faketime/libfaketimeMT.so.1", "/usr/lib64/faketime/libfaketimeMT.so.1"];

const run = promisify(execFile);

/**
 * Finds libfaketime, which fakes the clock of a process. As root on Debian, installs it first.
 *
 * @returns its path, or null when it is missing and can't be installed
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
 * Restarts a node with a faked clock, and sets that clock back while the node runs.
 *
 * @returns a function that corrects the clock and restarts the node without the fake
 * @throws Error when libfaketime is missing
 */
export async function setClockBack(node: ClusterNode): Promise<() => Promise<void>> {
  const library = await findFaketime();
  if (library === null) throw new Error("libfaketime is missing: install the package faketime");
  const folder = await temporaryFolder("starling-clock-");
  const file = join(folder.path, "offset");
  const settings = {
    LD_PRELOAD: library,
    FAKETIME_TIMESTAMP_FILE: file,
    // Seconds between two reads of the file.
    FAKETIME_CACHE_DURATION: "1",
    // Timers are not affected, as with a real change of the system clock.
    DONT_FAKE_MONOTONIC: "1",
  };
  await writeFile(file, "+0");
  Object.assign(node.env, settings);
  await node.restart();
  await writeFile(file, `-${OFFSET_SECONDS}`);
  return async () => {
    await writeFile(file, "+0");
    for (const name of Object.keys(settings)) delete node.env[name];
    await node.restart();
    await folder.remove();
  };
}
