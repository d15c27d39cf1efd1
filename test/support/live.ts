import { setTimeout as pause } from "node:timers/promises";
import { io, type ManagerOptions, type Socket, type SocketOptions } from "socket.io-client";
import type { Notification, NotificationsPage, Problem, Tweet } from "./shapes.ts";

type Unread = Pick<NotificationsPage, "unread" | "unreadGroups">;

/** A live connection that records all events. */
export interface Live {
  readonly socket: Socket;
  readonly tweets: Tweet[];
  readonly deleted: string[];
  readonly notifications: Notification[];
  /** What the user read elsewhere, and notifications that are gone. */
  readonly inbox: (["read", { upTo: string } & Unread] | ["deleted", { id: string } & Unread])[];
  /** Sends an event and waits for its acknowledgement. */
  ask<T = { ok?: true; error?: Problem }>(event: string, payload: unknown): Promise<T>;
  close(): void;
}

/** The server refused a connection; `data` says why. */
class ConnectError extends Error {
  override readonly name = "ConnectError";
  readonly data: Partial<Problem> | undefined;
  constructor(message: string, data: Partial<Problem> | undefined) {
    super(message);
    this.data = data;
  }
}

/** Time limit for closing a connection, because its server may be gone. */
const CLOSE_LIMIT_MS = 3000;

const open = new Set<Socket>();

/** Connects to the live channel. @throws ConnectError when the server refuses */
export async function connectLive(
  url: string,
  token?: string,
  options: Partial<ManagerOptions & SocketOptions> = {},
): Promise<Live> {
  const socket = io(url, {
    forceNew: true,
    reconnection: false,
    // One transport, so that a balancer needs no sticky sessions. The default pair has its own test.
    transports: ["websocket"],
    ...(token === undefined ? {} : { auth: { token } }),
    ...options,
  });
  open.add(socket);
  const live: Live = {
    socket,
    tweets: [],
    deleted: [],
    notifications: [],
    inbox: [],
    ask: <T>(event: string, payload: unknown) => socket.timeout(20_000).emitWithAck(event, payload) as Promise<T>,
    close: () => void socket.disconnect(),
  };
  socket.on("tweet", (tweet: Tweet) => live.tweets.push(tweet));
  socket.on("tweet:deleted", ({ id }: { id: string }) => live.deleted.push(id));
  socket.on("notification", (notification: Notification) => live.notifications.push(notification));
  socket.on("notifications:read", (read: { upTo: string } & Unread) => live.inbox.push(["read", read]));
  socket.on("notification:deleted", (gone: { id: string } & Unread) => live.inbox.push(["deleted", gone]));
  await new Promise<void>((resolve, reject) => {
    socket.once("connect", resolve);
    socket.once("connect_error", (error: Error & { data?: Partial<Problem> }) => {
      reject(new ConnectError(error.message, error.data));
    });
  });
  return live;
}

/**
 * Closes all open connections of this file's tests, and waits until they are closed. Long polling sends the server a last
 * request for that, which could not finish after a file's last hook.
 */
export async function closeAllLive(): Promise<void> {
  const sockets = [...open];
  open.clear();
  await Promise.all(
    sockets.map(async (socket) => {
      const { engine } = socket.io;
      const closed = new Promise((resolve) => engine?.once("close", resolve));
      socket.disconnect();
      if (engine && engine.readyState !== "closed")
        await Promise.race([closed, pause(CLOSE_LIMIT_MS, undefined, { ref: false })]);
    }),
  );
}
