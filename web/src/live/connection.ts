import { signal } from "@preact/signals";
import type { Socket } from "socket.io-client";
import type { Notification, Tweet } from "../api/shapes.ts";
import { acknowledge } from "../outbox/entries.ts";
import { openOutbox } from "../outbox/outbox.ts";
import { homeList } from "../store/home.ts";
import { announce } from "../store/messages.ts";
import { inbox, refreshNotifications } from "../store/notifications.ts";
import { countTweets, knownProfile } from "../store/profiles.ts";
import { me, onAccountChange, refreshSession } from "../store/session.ts";
import { forgetTweet, tweetOf } from "../store/tweets.ts";
import { catchUp } from "./sync.ts";

/** The state of the live connection. `off`: not opened yet. `lost`: it is down, and we reconnect. */
type LiveState = "off" | "connecting" | "live" | "lost";

export const liveState = signal<LiveState>("off");

// For style sheets, and for observers of the page such as tests.
liveState.subscribe((state) => (document.documentElement.dataset["live"] = state));

/** A server that shuts down closes its connections. After this wait it is gone, so a balancer picks another node. */
const RECONNECT_DELAY_MS = 1000;

/** What is on screen comes first. */
const AHEAD_DELAY_MS = 500;

let socket: Socket | null = null;
/** Set while the server shuts down: how long to wait once it has closed the connection, so that not all come at once. */
let comeBackAfterMs: number | null = null;
/** Usernames of the profiles on screen, in lower case. */
const watched = new Set<string>();

/**
 * Opens the live connection and keeps it open, for a logged-in user or for a visitor.
 *
 * @param asked settles once the session has been checked. Without the wait, a change of account would drop the new
 *   connection while it is being made.
 */
export async function startLive(asked: Promise<void>): Promise<void> {
  const [{ io }] = await Promise.all([import("socket.io-client"), asked]);
  socket = io({
    // Polling is for networks that block websockets.
    transports: ["websocket", "polling"],
    tryAllTransports: true,
    reconnectionDelay: 500,
    reconnectionDelayMax: 5000,
  });
  liveState.value = "connecting";
  listen(socket);
  // The server identifies the account when a connection is made, so another account needs another connection.
  onAccountChange(() => socket?.disconnect().connect());
  window.addEventListener("online", () => void wake());
  // Offline means no internet. The server may still be reachable, for example on this machine: wake() finds out.
  window.addEventListener("offline", () => void wake());
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") void wake();
  });
}

function listen(live: Socket): void {
  live.on("connect", () => {
    liveState.value = "live";
    for (const username of watched) live.emit("watch", { username }, ignore);
    void openOutbox();
    void catchUp(live, watched);
    setTimeout(() => {
      import("../ahead.ts").then(
        ({ loadAhead }) => loadAhead(),
        () => undefined,
      );
    }, AHEAD_DELAY_MS);
  });
  live.on("connect_error", () => {
    liveState.value = "lost";
    // They are read when the connection is made. Without one, the badge tells at least what was there.
    if (!inbox.all.state.value.loaded) void refreshNotifications();
    // socket.io stops reconnecting after the server has refused a connection.
    if (!live.active) setTimeout(() => live.connect(), RECONNECT_DELAY_MS);
  });
  live.on("reconnect", ({ afterMs }: { afterMs: number }) => {
    comeBackAfterMs = afterMs;
    live.io.reconnection(false);
  });
  live.on("disconnect", (reason) => {
    const afterMs = comeBackAfterMs;
    comeBackAfterMs = null;
    live.io.reconnection(true);
    if (reason === "io client disconnect") return;
    liveState.value = "lost";
    if (afterMs !== null) return void setTimeout(() => live.connect(), afterMs);
    if (reason !== "io server disconnect") return;
    // Either the session has ended, or the server is shutting down.
    setTimeout(() => {
      refreshSession()
        .catch(() => undefined)
        .finally(() => live.connect());
    }, RECONNECT_DELAY_MS);
  });
  live.on("tweet", takeTweet);
  live.on("tweet:deleted", ({ id }: { id: string }) => {
    const tweet = tweetOf(id);
    if (tweet) countTweets(tweet.author.username, -1);
    forgetTweet(id);
  });
  live.on("notification", (notification: Notification) => {
    // More of a row that is unread already would only interrupt a screen reader.
    if (inbox.add(notification)) announce(`${notification.actor.displayName} ${VERBS[notification.kind]}`);
  });
  live.on("notifications:read", (told: Parameters<typeof inbox.takeRead>[0]) => inbox.takeRead(told));
  live.on("notification:deleted", (told: Parameters<typeof inbox.drop>[0]) => inbox.drop(told));
  live.on("resync", () => void catchUp(live, watched));
}

const VERBS = { tweet: "tweeted", mention: "mentioned you", follow: "follows you" } as const;

function takeTweet(tweet: Tweet): void {
  const user = me.value;
  if (user && tweet.author.id === user.id) {
    acknowledge(tweet);
    return;
  }
  const { username } = tweet.author;
  const profile = knownProfile(username);
  const added = profile?.list.add([tweet]) ?? 0;
  if (added > 0) countTweets(username, added);
  // Tweets also arrive from watched profiles, and those belong in the home timeline only if we follow the author.
  const followed = !watched.has(username.toLowerCase()) || profile?.user.value?.viewer?.following === true;
  if (user && followed) homeList().add([tweet]);
}

/** Subscribes to a profile's tweets while the profile is on screen. @returns a function that unsubscribes */
export function watch(username: string): () => void {
  const key = username.toLowerCase();
  watched.add(key);
  if (socket?.connected) socket.emit("watch", { username }, ignore);
  return () => {
    watched.delete(key);
    if (socket?.connected) socket.emit("unwatch", { username }, ignore);
  };
}

/**
 * Checks the connection, and replaces it if it is dead. The socket may not have noticed yet, when the network has changed
 * or the page has been in the background for hours.
 */
async function wake(): Promise<void> {
  if (!socket) return;
  if (!socket.connected) return void socket.connect();
  // Offline, one short request shows whether the server answers. catchUp() would take much longer to find out.
  const reached = navigator.onLine || (await refreshSession().then(always, never));
  if (!reached || !(await catchUp(socket, watched))) socket.disconnect().connect();
}

const always = () => true;
const never = () => false;

/** For answers to `watch` and `unwatch`: a failed one is repeated at the next connection. */
function ignore(): void {}
