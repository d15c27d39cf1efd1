import { WAITING_LIMIT } from "../../contract/live.ts";
import { problem } from "../gateway/problems.ts";
import type { LiveSocket } from "./connections.ts";
import { engineOf } from "./engine/connection.ts";
import type { Peers } from "./engine/peers.ts";

/** A request of a client. */
interface Turn {
  /** Handles the request and answers it. Never throws. */
  handle(): Promise<void>;
  /** Answers with this instead. */
  answer(reply: unknown): void;
}

/** The requests of one connection: one is handled, the others wait. */
interface Line {
  waiting: Turn[];
  isBusy: boolean;
}

/**
 * Handles the requests of each connection one after the other, and each only when the client has read the last answer:
 * so a client that does not read has at most one answer in memory.
 */
export function createTurns(peers: Peers) {
  const lines = new WeakMap<LiveSocket, Line>();

  async function work(socket: LiveSocket, line: Line): Promise<void> {
    line.isBusy = true;
    for (let turn = line.waiting.shift(); turn && socket.connected; turn = line.waiting.shift()) {
      await turn.handle();
      const peer = peers.get(engineOf(socket).id);
      if (peer) await peers.caughtUp(peer);
    }
    line.isBusy = false;
  }

  return (socket: LiveSocket, turn: Turn): void => {
    const line = lines.get(socket) ?? { waiting: [], isBusy: false };
    lines.set(socket, line);
    if (line.waiting.length < WAITING_LIMIT) {
      line.waiting.push(turn);
      if (!line.isBusy) void work(socket, line);
      return;
    }
    const peer = peers.get(engineOf(socket).id);
    if (peer && peers.isStuck(peer)) peers.end(peer, "it asks, but does not read the answers");
    else turn.answer({ error: problem(429, "TOO_MANY_REQUESTS", `At most ${WAITING_LIMIT} requests can wait`) });
  };
}
