import { readFile, rm } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { pathToFileURL } from "node:url";
import { startGuarded, type StartedServer } from "../dev/start.ts";
import type { LoopDelay } from "./load/loop-delay.ts";

const PROBE = pathToFileURL(join(import.meta.dirname, "load", "loop-delay.ts")).href;

/** A server whose event loop can be asked for its delays. */
export interface WatchedServer extends StartedServer {
  /** The delays since the last question, or since the start. */
  loopDelay(): Promise<LoopDelay>;
}

/** @param folder of the socket that the server tells its delays on */
export async function startWatched(folder: string, env: Record<string, string>): Promise<WatchedServer> {
  const path = join(folder, "loop-delay.sock");
  // A process that ends leaves its socket behind.
  await rm(path, { force: true });
  const server = await startGuarded({ ...env, NODE_OPTIONS: `--import=${PROBE}`, BENCH_LOOP_DELAY: path });
  return { ...server, loopDelay: async () => JSON.parse(await text(connect(path))) as LoopDelay };
}

/** Resident memory of a process in MiB; null where the system does not tell. */
export async function residentMb(pid: number): Promise<number | null> {
  // Only Linux tells the memory of another process in a file.
  const status = await readFile(`/proc/${pid}/status`, "utf8").catch(() => "");
  const kilobytes = /^VmRSS:\s+(\d+) kB/m.exec(status)?.[1];
  return kilobytes === undefined ? null : Math.round(Number(kilobytes) / 1024);
}
