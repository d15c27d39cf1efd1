import { setTimeout as pause } from "node:timers/promises";
import { io, type Socket } from "socket.io-client";
import type { Client } from "./http.ts";
import type { Findings } from "./findings.ts";
import { newestFirst } from "./oracle.ts";
import type { Person } from "./people.ts";
import { forEachAtOnce } from "./pool.ts";
import { showProgress } from "./progress.ts";
import type { Run } from "./run.ts";

/** How long an answer to `sync` may take before it is asked for again. */
const SYNC_MS = 10_000;
/** Between tries to sync, and before a connection that the server has ended is made anew, in milliseconds. */
const AGAIN_MS = 200;
/** Connections that are made at once: each makes the server read a session and whom its user follows. */
const CONNECTS_AT_ONCE = 16;

interface Synced {
  readonly tweets: readonly { readonly id: string }[];
  readonly more: boolean;
}

/** Somebody's open screen: a connection that comes back by itself and then syncs, as the API tells clients to. */
export interface LiveClient {
  /** The person's number. */
  readonly person: number;
  /** When it was connected for the first time, by `performance.now()`. */
  readonly connectedAt: number;
  /** When each tweet came over the connection, by id. */
  readonly arrived: ReadonlyMap<string, number>;
  /** When `sync` brought each tweet for the first time, by id. */
  readonly synced: ReadonlyMap<string, number>;
  close(): void;
}

/**
 * Opens a screen for each of these people, by their numbers, and waits until all are connected. Each then has seen all
 * that its person's feed had before.
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
  /** The newest tweet up to which nothing is missing: a sync starts from here. */
  let upTo = await newestOf(client, token);
  // One transport, so that a balancer needs no sticky sessions. Back within a second, as fast as a person notices.
  const socket: Socket = io(client.url, {
    forceNew: true,
    auth: { token },
    transports: ["websocket"],
    reconnectionDelay: AGAIN_MS,
    reconnectionDelayMax: 1000,
  });
  const arrived = new Map<string, number>();
  const synced = new Map<string, number>();
  /** Came over the connection that is open now. */
  let onThisConnection = new Set<string>();
  let isBehind = false;
  let isSyncing = false;
  /** How often a sync was called for. */
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
      const reply = await (socket.timeout(SYNC_MS).emitWithAck("sync", { after }) as Promise<Partial<Synced>>).catch(
        () => null,
      );
      if (!reply?.tweets) {
        await pause(AGAIN_MS);
        continue;
      }
      for (const { id } of reply.tweets) if (!synced.has(id)) synced.set(id, performance.now());
      after = reply.tweets.at(-1)?.id ?? after;
      // Called for again meanwhile: this answer may be older than what was missed.
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

/** @returns the id of the newest tweet in the feed, which is where a screen starts; 0 when there is none */
async function newestOf(client: Client, token: string): Promise<string> {
  const { body } = await client.ask<{ tweets: { id: string }[] }>({
    method: "GET",
    path: "/feed?limit=1",
    token,
    wanted: [200],
  });
  return body.tweets[0]?.id ?? "0";
}
