import { setTimeout as pause } from "node:timers/promises";
import { io, type ManagerOptions, NodeWebSocket, type Socket } from "socket.io-client";
import { newestFirst } from "../../dev/replay/oracle.ts";

/** A client that finds no server tries again after this time; the wait doubles each time, as with socket.io's own. */
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 5000;
const SYNC_TIMEOUT_MS = 10_000;

/** A websocket that tells when a server that refused it wants to be asked again. Browsers hide that from their pages. */
class PoliteWebSocket extends NodeWebSocket {
  retryAfterMs: number | null = null;

  override createSocket(...args: Parameters<NodeWebSocket["createSocket"]>): WebSocketOfWs {
    const socket = super.createSocket(...args) as WebSocketOfWs;
    socket.once("unexpected-response", (_request, { headers }) => {
      const seconds = Number(headers["retry-after"]);
      if (seconds > 0) this.retryAfterMs = seconds * 1000;
      socket.terminate();
    });
    return socket;
  }
}

/** What we use of the package `ws`, by which socket.io's client connects. */
interface WebSocketOfWs {
  once(
    event: "unexpected-response",
    listener: (request: unknown, response: { headers: Record<string, string | undefined> }) => void,
  ): void;
  terminate(): void;
}

interface Synced {
  readonly tweets: readonly { readonly id: string }[];
  readonly more: boolean;
}

/** A live connection that does what the API asks of clients: it comes back when it is told to, and syncs. */
export interface LiveClient {
  /** Whether the connection is open and has synced. */
  readonly isBack: boolean;
  /** The tweets that came, live or by a sync. */
  readonly tweets: ReadonlySet<string>;
  /** Tries to connect so far that the server refused, with a time to come back after. */
  readonly refused: number;
  /** Those that found no server. */
  readonly unanswered: number;
}

/**
 * Opens a live connection.
 *
 * @param onBack called whenever the connection is open and has synced
 * @param onTweet called with the id of each new tweet
 */
export function openLiveClient(
  url: string,
  token: string,
  onBack: () => void,
  onTweet: (id: string) => void,
): LiveClient {
  const options: Partial<ManagerOptions> = { forceNew: true, reconnection: false, transports: [PoliteWebSocket] };
  const socket: Socket = io(url, { ...options, auth: { token } });
  const tweets = new Set<string>();
  /** The newest tweet with no gap before it: a sync begins here. */
  let upTo = "0";
  let isBack = false;
  let refused = 0;
  let unanswered = 0;
  let toldMs: number | null = null;
  let backoffMs = FIRST_WAIT_MS;
  /** Number of requests to sync so far: an answer to an earlier one may lack what the later one is for. */
  let calls = 0;

  function add(id: string): void {
    if (tweets.has(id)) return;
    tweets.add(id);
    onTweet(id);
  }

  function advance(id: string): void {
    if (newestFirst(id, upTo) < 0) upTo = id;
  }

  function comeBackAfter(waitMs: number): void {
    setTimeout(() => socket.connect(), waitMs);
  }

  function backOff(): number {
    const waitMs = backoffMs * (0.5 + Math.random());
    backoffMs = Math.min(backoffMs * 2, LONGEST_WAIT_MS);
    return waitMs;
  }

  async function sync(): Promise<void> {
    const call = ++calls;
    isBack = false;
    let after = upTo;
    for (;;) {
      const reply = await (
        socket.timeout(SYNC_TIMEOUT_MS).emitWithAck("sync", { after }) as Promise<Partial<Synced>>
      ).catch(() => null);
      if (call !== calls || !socket.connected) return;
      if (!reply?.tweets) {
        await pause(FIRST_WAIT_MS);
        continue;
      }
      for (const { id } of reply.tweets) add(id);
      after = reply.tweets.at(-1)?.id ?? after;
      if (!reply.more) break;
    }
    for (const id of [...tweets, after]) advance(id);
    isBack = true;
    onBack();
  }

  socket.on("tweet", ({ id }: { id: string }) => {
    add(id);
    if (isBack) advance(id);
  });
  socket.on("resync", () => void sync());
  socket.on("reconnect", ({ afterMs }: { afterMs: number }) => (toldMs = afterMs));
  socket.on("connect", () => {
    backoffMs = FIRST_WAIT_MS;
    void sync();
  });
  socket.on("disconnect", () => {
    isBack = false;
    calls++;
    comeBackAfter(toldMs ?? backOff());
    toldMs = null;
  });
  socket.on("connect_error", () => {
    const { retryAfterMs } = socket.io.engine.transport as PoliteWebSocket;
    if (retryAfterMs === null) unanswered++;
    else refused++;
    comeBackAfter(retryAfterMs ?? backOff());
  });
  return {
    get isBack() {
      return isBack;
    },
    get refused() {
      return refused;
    },
    get unanswered() {
      return unanswered;
    },
    tweets,
  };
}
