import { setTimeout as pause } from "node:timers/promises";
import { io } from "socket.io-client";
import type { Problem, Tweet } from "./shapes.ts";

/** A live client as the API's documentation asks for: it reconnects by itself and syncs after every gap. */
export interface Follower {
  /** The distinct ids of the tweets that it has, newest first. */
  ids(): string[];
  close(): void;
}

/** Connects, and reconnects until it is closed. */
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

  /** Syncs until there is no more. Repeats a failed request while the connection is open. */
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
