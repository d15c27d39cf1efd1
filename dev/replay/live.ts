import { setTimeout as pause } from "node:timers/promises";
import { io, type Socket } from "socket.io-client";
import type { Client } from "./http.ts";
import type { Findings } from "./findings.ts";
import { newestFirst } from "./oracle.ts";
import type { Person } from "./people.ts";
import { forEachAtOnce } from "./for-each-at-once.ts";
import { showProgress } from "./progress.ts";
import type { Run } from "./run.ts";

/** Time limit for an answer to `sync`, after which the client asks again. */
const SYNC_TIMEOUT_MS = 10_000;
/** Pause between tries to sync, and before reconnecting after the server has closed the connection. */
const RETRY_WAIT_MS = 200;
/** Connections opened at once: for each, the server reads a session and its user's follows. */
const CONNECTS_AT_ONCE = 16;

interface Synced {
  readonly tweets: readonly { readonly id: string }[];
  readonly more: boolean;
}

/** One person's live connection, which reconnects by itself and then syncs, as the API asks of clients. */
export interface LiveClient {
  /** The person's number. */
  readonly person: number;
  /** Time of the first connect, by `performance.now()`. */
  readonly connectedAt: number;
  /** The time at which each tweet came over the connection, by id. */
  readonly arrived: ReadonlyMap<string, number>;
  /** The time at which `sync` first brought each tweet, by id. */
  readonly synced: ReadonlyMap<string, number>;
  close(): void;
}

/**
 * Opens a connection for each of these people, by their numbers, and waits until all are connected. Each client then
 * knows all tweets that its person's feed held before.
 */
export async function openLiveClients(
  { client, people, findings }: Run,
  viewers: readonly number[],
): Promise<LiveClient[]> {
  const progress = showProgress("Opening sockets", viewers.length);
  const clients: LiveClient[] = [];
  await forEachAtOnce(viewers.entries(), CONNECTS_AT_ONCE, async ([at, number]) => {
    clients[at] = await openLiveClient(client, people[number]!, number, findings);
    progress.done();
  });
  progress.end();
  return clients;
}

async function openLiveClient(
  client: Client,
  { token, username }: Person,
  number: number,
  findings: Findings,
): Promise<LiveClient> {
  /** The newest tweet with no gap before it: a sync starts here. */
  let upTo = await newestOf(client, token);
  // One transport, so that a balancer needs no sticky sessions. Reconnects within a second, before a person notices.
  const socket: Socket = io(client.url, {
    forceNew: true,
    auth: { token },
    transports: ["websocket"],
    reconnectionDelay: RETRY_WAIT_MS,
    reconnectionDelayMax: 1000,
  });
  const arrived = new Map<string, number>();
  const synced = new Map<string, number>();
  /** Ids that came over the current connection. */
  let onThisConnection = new Set<string>();
  let isBehind = false;
  let isSyncing = false;
  /** Number of requests to sync so far. */
  let calls = 0;

  function advance(id: string): void {
    if (newestFirst(id, upTo) < 0) upTo = id;
  }

  async function sync(): Promise<void> {
    isBehind = true;
    calls += 1;
    if (isSyncing) return;
    isSyncing = true;
    let after = upTo;
    while (socket.connected) {
      const answers = calls;
      const reply = await (
        socket.timeout(SYNC_TIMEOUT_MS).emitWithAck("sync", { after }) as Promise<Partial<Synced>>
      ).catch(() => null);
      if (!reply?.tweets) {
        await pause(RETRY_WAIT_MS);
        continue;
      }
      for (const { id } of reply.tweets) if (!synced.has(id)) synced.set(id, performance.now());
      after = reply.tweets.at(-1)?.id ?? after;
      // Another sync was requested meanwhile: this answer may be older than the gap.
      if (reply.more || answers !== calls) continue;
      isBehind = false;
      for (const id of [...onThisConnection, after]) advance(id);
      break;
    }
    isSyncing = false;
  }

  socket.on("tweet", ({ id }: { id: string }) => {
    if (onThisConnection.has(id)) findings.add("liveDoubled", `${id} to a socket of ${username}`);
    onThisConnection.add(id);
    if (!arrived.has(id)) arrived.set(id, performance.now());
    if (!isBehind) advance(id);
  });
  socket.on("resync", () => void sync());
  socket.on("disconnect", () => {
    isBehind = true;
    onThisConnection = new Set();
  });
  await new Promise<void>((resolve) => socket.once("connect", resolve));
  const connectedAt = performance.now();
  await sync();
  socket.on("connect", () => void sync());

  return {
    person: number,
    connectedAt,
    arrived,
    synced,
    close: () => socket.disconnect(),
  };
}

/** @returns the id of the newest tweet in the feed, where a client starts; 0 for an empty feed */
async function newestOf(client: Client, token: string): Promise<string> {
  const { body } = await client.ask<{ tweets: { id: string }[] }>({
    method: "GET",
    path: "/feed?limit=1",
    token,
    wanted: [200],
  });
  return body.tweets[0]?.id ?? "0";
}
