import { setTimeout as pause } from "node:timers/promises";
import { io } from "socket.io-client";
import type { Problem, Tweet } from "./shapes.ts";

/** A client with a screen, as api.md tells clients to be: it connects again by itself and syncs after every gap. */
export interface Follower {
  /** The ids of the tweets that it shows, newest first, each once. */
  ids(): string[];
  close(): void;
}

/** Connects, and goes on doing so until it is closed. */
export function follow(url: string, token: string): Follower {
  const shown = new Set<string>();
  const socket = io(url, {
    forceNew: true,
    transports: ["websocket"],
    auth: { token },
    reconnectionDelay: 100,
    reconnectionDelayMax: 1000,
  });
  const show = (tweets: readonly Tweet[]) => tweets.forEach(({ id }) => shown.add(id));
  const ids = () => [...shown].sort().reverse();

  /** Asks until there is no more to have; a refused question is asked again, as long as the connection is there. */
  async function sync(): Promise<void> {
    for (let after = ids()[0] ?? "0"; socket.connected;) {
      const reply = await socket
        .timeout(10_000)
        .emitWithAck("sync", { after })
        .then((answer) => answer as { tweets?: Tweet[]; more?: boolean; error?: Problem })
        .catch(() => null);
      if (!reply?.tweets) {
        await pause(200);
        continue;
      }
      show(reply.tweets);
      if (!reply.more) return;
      after = ids()[0] ?? after;
    }
  }

  socket.on("tweet", (tweet: Tweet) => show([tweet]));
  socket.on("connect", () => void sync());
  socket.on("resync", () => void sync());
  return { ids, close: () => void socket.disconnect() };
}
