import { inSlices } from "./slices.ts";
import type { LiveSocket } from "./connections.ts";

/** Each client that syncs makes a few requests, so 200 clients a second keep a node busy but not overloaded. */
const PACE = { atOnce: 50, everyMs: 250 };

/** Tells clients to sync, some at a time. */
export function createResync(sockets: () => Iterable<LiveSocket>) {
  /** In the order of their turns. */
  const waiting = new Set<LiveSocket>();
  let isRunning = false;

  return async function resyncAll(): Promise<void> {
    // Those that have been told may have missed something since. Those that wait keep their place.
    for (const socket of sockets()) waiting.add(socket);
    if (isRunning) return;
    isRunning = true;
    await inSlices(waiting, PACE, (socket) => {
      waiting.delete(socket);
      if (socket.connected) socket.emit("resync");
    });
    isRunning = false;
  };
}
