import { randomInt } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:net";

/**
 * Below what systems hand out to outgoing connections (from 32,768 on Linux): none of those takes the port while the
 * server that has it is down for a moment. So high that adding 10,000 stays below too, see `redis-cluster.ts`.
 */
const LOWEST = 12_000;
const HIGHEST = 22_000;

/** The port that was free a moment ago is no longer; another try is worth it. */
export class PortTakenError extends Error {
  override name = "PortTakenError";
}

/** @returns a port of 127.0.0.1 that nobody listens on, drawn at random, since several processes may ask at once */
export async function freePort(also: readonly number[] = []): Promise<number> {
  for (;;) {
    const port = randomInt(LOWEST, HIGHEST);
    const free = await Promise.all([port, ...also.map((offset) => port + offset)].map(isFree));
    if (free.every(Boolean)) return port;
  }
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  try {
    server.listen(port, "127.0.0.1");
    await once(server, "listening");
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EADDRINUSE") return false;
    throw error;
  } finally {
    server.close();
  }
}

/** Calls `start` with a free port, and again with another one when that was taken meanwhile. */
export async function onFreePort<T>(start: (port: number) => Promise<T>, also: readonly number[] = []): Promise<T> {
  for (let tries = 5; ; tries--) {
    try {
      return await start(await freePort(also));
    } catch (error) {
      if (!(error instanceof PortTakenError) || tries === 0) throw error;
    }
  }
}
