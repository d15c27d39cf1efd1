import { randomInt } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:net";

/**
 * Below the ports of outgoing connections (from 32,768 on Linux), so that none of them takes a server's port while that
 * server restarts. A port plus 10,000, which `redis-cluster.ts` uses as well, is also below them.
 */
const LOWEST_PORT = 12_000;
const HIGHEST_PORT = 22_000;

/** Another program has taken the port meanwhile; a try with another port may succeed. */
export class PortTakenError extends Error {
  override name = "PortTakenError";
}

/**
 * Draws a free port of 127.0.0.1 at random, because several processes may look for one at once.
 *
 * @param also offsets from the port that must be free too
 */
export async function freePort(also: readonly number[] = []): Promise<number> {
  for (;;) {
    const port = randomInt(LOWEST_PORT, HIGHEST_PORT);
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

/** Calls `start` with a free port, and with another one when that was taken meanwhile. */
export async function onFreePort<T>(start: (port: number) => Promise<T>, also: readonly number[] = []): Promise<T> {
  for (let tries = 5; ; tries--) {
    try {
      return await start(await freePort(also));
    } catch (error) {
      if (!(error instanceof PortTakenError) || tries === 0) throw error;
    }
  }
}
