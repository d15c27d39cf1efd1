import { setTimeout as pause } from "node:timers/promises";
import { type LiveServer } from "./connections.ts";
import { engineOf } from "./engine/connection.ts";
import { inSlices } from "./slices.ts";

/** The connections of a node that shuts down come back elsewhere at this rate. */
const COME_BACK_PER_SECOND = 200;
/** A client waits at least this long, until a balancer has noticed that the node is gone. */
const SHORTEST_WAIT_MS = 500;
/** Clients are spread over at least this time, and at most this time. */
const SHORTEST_SPREAD_MS = 1000;
const LONGEST_SPREAD_MS = 60_000;
/** A client of long polling takes its last messages with its next poll, which it sends within this time unless it is gone. */
const TAKEN_WITHIN_MS = 3000;
/** Closing 20,000 connections takes 4 s: a shutdown waits 10 s for requests in flight. */
const PACE = { atOnce: 250, everyMs: 50 };

/**
 * Sends all clients elsewhere: tells each how long to wait, each another time, and closes its connection. Clients that
 * don't know the event come back by the backoff of socket.io. Resolves when the clients have taken that, so the node must
 * still accept connections meanwhile: those of polls.
 */
export async function sendElsewhere(io: LiveServer): Promise<void> {
  const sockets = [...io.sockets.sockets.values()];
  const wanted = (sockets.length / COME_BACK_PER_SECOND) * 1000;
  const spreadMs = Math.min(LONGEST_SPREAD_MS, Math.max(SHORTEST_SPREAD_MS, wanted));
  const closed: Promise<void>[] = [];
  await inSlices(sockets, PACE, (socket) => {
    const connection = engineOf(socket);
    if (connection.readyState === "closed") return;
    socket.emit("reconnect", { afterMs: Math.round(SHORTEST_WAIT_MS + Math.random() * spreadMs) });
    closed.push(new Promise((resolve) => connection.on("close", resolve)));
    // Close the transport, not the socket: after a clean disconnect socket.io clients don't reconnect.
    connection.close();
  });
  await Promise.race([Promise.all(closed), pause(TAKEN_WITHIN_MS, undefined, { ref: false })]);
}
